#!/bin/sh
# btkhost completion zsh, loaded into zsh and used by pressing TAB. Without zsh it is skipped.
if ! command -v zsh >/dev/null; then
  echo "skipped: zsh is not installed (apt-get install zsh)"
  exit 77
fi
. "$(dirname -- "$0")/harness.sh"

ok "there is a completion for zsh" ends 0 completion zsh
mkdir functions data bin
cp out functions/_btkhost
ln -s "$program" bin/btkhost
PATH=$PWD/bin:$PATH
touch strategy.lua notes.txt
ok "zsh takes it" zsh -nf functions/_btkhost

# tab HOW LINE: what is offered goes to `offered`.
tab() { timeout 120 zsh -f "$tools/zsh_tab.zsh" "$1" "$2" >offered 2>tab.err; }
# offers HOW LINE WORD...: exactly these.
offers() {
  how=$1 line=$2
  shift 2
  tab "$how" "$line"
  printf '%s\n' "$@" | sort -u >wanted
  cmp -s wanted offered || { echo "TAB behind '$line' offers: $(tr '\n' ' ' <offered)"; cat tab.err; return 1; }
}

for how in fpath source; do
  ok "a command ($how)" offers $how "btkhost wal" walker
  ok "an option ($how)" offers $how "btkhost run --from" --from
  ok "a script behind the options ($how)" offers $how "btkhost run --quiet " strategy.lua bin data functions
done
ok "any file as a value" offers fpath "btkhost run --events n" notes.txt
ok "the parts of cache" offers fpath "btkhost cache " check list prune warm
ok "their own options" offers fpath "btkhost cache warm --ba" --base-url
tab fpath "btkhost "
"$program" --help | sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p' | sort -u >told
ok "every command that --help tells" sh -c '[ "$(wc -l <told)" -gt 10 ] && for c in $(cat told); do grep -qx -- "$c" offered || { echo "$c"; exit 1; }; done'
for command in run live sweep test; do
  tab fpath "btkhost $command --"
  "$program" $command --help | grep -o -- '^  --[a-z][a-z-]*' | tr -d ' ' | sort -u >told
  ok "every option of $command" sh -c '[ -s told ] && for o in $(cat told); do grep -qx -- "$o" offered || { echo "$o"; exit 1; }; done'
done
verdict
