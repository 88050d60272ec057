#!/usr/bin/env bash
# Proves the README on a machine that has nothing: makes an empty Debian 12 root
# file system with debootstrap, clones this checkout into it and runs README
# command 1 there; then command 2 in a second such root. Prints a transcript.
#
#   tests/clean_room.sh [demo] [test] [user]     (as root; default: demo and test)
#
# `user` is the way of a new user, tests/new_user.sh: from the README to a strategy
# of his own on paper in one root, and the Debian package made there in another.
# The mirror, the other apt sources, apt's network settings and the certificates
# that npm trusts are those of the machine it runs on. BTK_SHARED, or the folder
# `shared` beside the checkout, is copied in beside the clone.
# BTK_CLEAN_ROOM_KEEP=1 leaves the roots for a look.
set -euo pipefail

suite=bookworm
checkout=$(git -C "$(dirname -- "$(readlink -f -- "$0")")" rev-parse --show-toplevel)
shared=${BTK_SHARED:-$checkout/../shared}
commands=("$@")
[ ${#commands[@]} -gt 0 ] || commands=(demo test)

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
die() { printf 'clean_room: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || die "chroot needs root: run it with sudo"
command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
for command in "${commands[@]}"; do
  [ "$command" = user ] || grep -q "^\./start $command\b" "$checkout/README.md" || die "the README has no command './start $command'"
done

# Debian's own sources as apt on this machine knows them: "deb URI suite component".
# shellcheck disable=SC2016  # apt fills in the names
sources=$(apt-get indextargets --format '$(ORIGIN) deb $(REPO_URI) $(CODENAME) $(COMPONENT)' \
            'Created-By: Packages' | sed -n "s/^Debian \(deb .* $suite.*\)/\1/p" | sort -u)
mirror=$(awk -v suite="$suite" '$3 == suite && $4 == "main" { print $2; exit }' <<<"$sources")
[ -n "$mirror" ] || die "apt knows no Debian $suite source here: run apt-get update first"

rooms=$(mktemp -d)
chmod 755 "$rooms"
# shellcheck disable=SC2317  # called by the trap
leave() {
  for room in "${commands[@]}" package; do umount "$rooms/$room/proc" 2>/dev/null || true; done
  if [ -n "${BTK_CLEAN_ROOM_KEEP:-}" ]; then
    say "the roots stay in $rooms"
  else
    rm -rf --one-file-system "$rooms"
  fi
}
trap leave EXIT

say "debootstrap: an empty Debian ($suite) from this machine's mirror"
export http_proxy=${http_proxy:-$(eval "$(apt-config shell proxy Acquire::http::Proxy)"; echo "${proxy:-}")}
export https_proxy=${https_proxy:-$(eval "$(apt-config shell proxy Acquire::https::Proxy)"; echo "${proxy:-}")}
for name in http_proxy https_proxy; do [ -n "${!name}" ] || unset "$name"; done
debootstrap --variant=minbase "$suite" "$rooms/empty" "$mirror" >"$rooms/debootstrap.log" 2>&1 ||
  { tail -n 20 "$rooms/debootstrap.log"; die "debootstrap failed"; }
printf '%s\n' "$sources" >"$rooms/empty/etc/apt/sources.list"
apt-config dump Acquire | grep -v '::$\|""' >"$rooms/empty/etc/apt/apt.conf.d/90host" || true
cp -L /etc/resolv.conf /etc/hosts "$rooms/empty/etc/"
if [[ $mirror == https:* ]]; then
  mkdir -p "$rooms/empty/etc/ssl" && cp -aL /etc/ssl/certs "$rooms/empty/etc/ssl/"
fi
npm_certificates=${NODE_EXTRA_CA_CERTS:+/etc/npm-certificates.crt}
[ -z "$npm_certificates" ] || cp -L "$NODE_EXTRA_CA_CERTS" "$rooms/empty$npm_certificates"

[ -z "$(git -C "$checkout" status --porcelain)" ] || say "note: uncommitted changes are not in the clone"
failed=0

# make_room NAME: a root of its own, $room.
make_room() {
  room=$rooms/$1
  cp -a --reflink=auto "$rooms/empty" "$room"
  mkdir -p "$room/home/somebody/my projects"
  mount -t proc proc "$room/proc"
}

close_room() {
  umount "$room/proc"
  [ -n "${BTK_CLEAN_ROOM_KEEP:-}" ] || rm -rf --one-file-system "$room"
}

# inside FOLDER COMMAND...: runs it in the room, and says how it ended.
inside() {
  local folder=$1 started=$SECONDS code=0
  shift
  say "\$ $*"
  # shellcheck disable=SC2016  # expanded by the shell inside
  chroot "$room" /usr/bin/env -i HOME=/home/somebody LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    ${CI:+"CI=$CI"} ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    ${npm_certificates:+"NODE_EXTRA_CA_CERTS=$npm_certificates"} \
    /bin/sh -c 'cd "/home/somebody/$1" && shift && "$@"' sh "$folder" "$@" </dev/null 2>&1 || code=$?
  say "$*: exit code $code after $((SECONDS - started)) s"
  [ "$code" -eq 0 ] || failed=1
}

for command in "${commands[@]}"; do
  say "a fresh root and a fresh clone of $(git -C "$checkout" rev-parse --short HEAD)"
  make_room "$command"
  home="$room/home/somebody/my projects"
  git clone -q --no-hardlinks "$checkout" "$home/btkhost"
  if [ "$command" = user ]; then
    inside "my projects/btkhost" tests/new_user.sh first-hour
    mv "$room"/home/somebody/btkhost_*.deb "$rooms/empty/home/" || die "no package was made"
    close_room
    say "a fresh root and the package"
    make_room package
    cp "$checkout/tests/new_user.sh" "$room/home/somebody/"
    inside . sh -c "./new_user.sh package /home/btkhost_*.deb"
  else
    [ ! -d "$shared" ] || cp -aL "$shared" "$home/shared"
    inside "my projects/btkhost" ./start "$command"
  fi
  close_room
done
exit "$failed"
