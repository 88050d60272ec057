#!/bin/sh
# The way of a new user, command by command, as README.md and docs/install.md tell it. For an empty machine, whose
# packages it changes: `tests/clean_room.sh user` runs it in one. Ends with 1 at the first command that does not do
# what the pages say.
#
#   new_user.sh first-hour        in a fresh checkout: demo, install, a project, paper
#   new_user.sh package FILE      on another machine: the Debian package of the first
set -eu

checkout=$(cd "$(dirname -- "$0")/.." && pwd)
wrong() { printf 'new_user: %s\n' "$*" >&2; exit 1; }

# step COMMAND: shows it as a shell would, runs it in this shell.
step() {
  printf '\n$ %s\n' "${1#shown }"
  eval "$1" || wrong "exit code $?: $1"
}

# has_hash FILE README: the run hash that the README promises.
has_hash() {
  promised=$(sed -n 's/^run hash  //p' "$2")
  [ -n "$promised" ] || wrong "the README promises no run hash"
  grep -q "^run hash *$promised\$" "$1" || wrong "the run hash is not that of the README, $promised"
  echo "(the run hash is that of the README)"
}

# shown COMMAND: its output is kept in shown.txt, too.
shown() { { "$@" || wrong "exit code $?: $*"; } >/tmp/shown.txt; cat /tmp/shown.txt; }

# The session answers, within a while.
answers() {
  for _ in $(seq 100); do
    btkhost status >/dev/null 2>&1 && return
    sleep 0.3
  done
  return 1
}

first_hour() {
  cd "$checkout"
  step 'shown ./start demo'
  has_hash /tmp/shown.txt README.md
  step './start install'
  cp build/release/btkhost_*.deb "$HOME"

  step 'cd ~'
  step 'btkhost'
  step 'btkhost init my-strategy'
  step 'cd my-strategy'
  step 'cat README.md'
  step 'btkhost check strategy.lua'
  step 'btkhost test'
  step 'btkhost run strategy.lua'
  step 'sed -i "s/price [*] 1.02/price * 1.03/; s/720/360/" strategy.lua'
  step 'btkhost check strategy.lua'
  step 'btkhost test'
  step 'btkhost run strategy.lua --symbols BTCUSDT,ETHUSDT'
  step 'btkhost run strategy.lua --explain 2024-01-01T12:00..2024-01-01T12:05'
  step 'ls dump/backtest'
  step 'btkhost report'

  # Minute by minute, by the clock on the wall.
  printf '\n$ btkhost paper strategy.lua\n'
  btkhost paper strategy.lua &
  session=$!
  answers || wrong "the session does not answer"
  sleep 130
  step 'btkhost status   # in another terminal'
  step 'btkhost stop     # likewise'
  wait $session || wrong "exit code $? of the session"
  step 'btkhost report paper | head -n 20'
  # The same session again, with days that pass in seconds.
  now=$(date +%s)000
  step "btkhost paper strategy.lua --clock linear:$now,$now,3600 --to $(date -u -d "@$((now / 1000 + 43200))" +%Y-%m-%dT%H:%MZ)"
  step 'btkhost replay'
}

package() {
  file=$1
  cd "$HOME"
  step "apt-get update -q"
  step "apt-get install -q -y --no-install-recommends $file"
  step 'btkhost --version'
  step 'shown btkhost run /usr/share/btkhost/scripts/sma_cross.lua'
  has_hash /tmp/shown.txt /usr/share/doc/btkhost/README.md
  step 'cp -r /usr/share/btkhost/scripts .'
  step 'btkhost test scripts'
  step 'btkhost init my-strategy && cd my-strategy && btkhost test'
  step 'cd ~'
  step 'id btkhost && ls -ld /etc/btkhost'
  step 'dpkg -L btkhost | grep -v "/scripts/\|/docs/"'
  step 'apt-get purge -q -y btkhost'
  [ ! -e /usr/bin/btkhost ] || wrong "btkhost is still there"
}

export DEBIAN_FRONTEND=noninteractive
case ${1:-} in
  first-hour) first_hour ;;
  package) package "$2" ;;
  *) wrong "say first-hour, or package FILE" ;;
esac
