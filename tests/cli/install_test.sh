#!/bin/sh
# What `cmake --install` puts into a folder works there, from anywhere and without the sources; the Debian package holds
# the same and its service.
# Usage: install_test.sh PROGRAM VERSION CMAKE CPACK BUILD_FOLDER
version=$2 cmake=$3 cpack=$4 build=$5
. "$(dirname -- "$0")/harness.sh"
checkout=$(cd "$tools/../.." && pwd)
unset DESTDIR

ok "the program is installed" "$cmake" --install "$build" --prefix "$work/usr/local"
program=$work/usr/local/bin/btkhost
share=$work/usr/local/share
ok "it is this version" sh -c "[ \"\$('$program' --version)\" = 'btkhost $version' ]"
ok "it names no file of the sources" sh -c "! grep -aFq '$checkout/' '$program'"
ok "an installed example runs from another folder" ends 0 run "$share/btkhost/scripts/sma_cross.lua" --to 2024-01-05 --from 2024-01-01
ok "... and reports lie in that folder" [ -d dump/backtest ]
ok "... none beside the script" [ ! -e "$share/btkhost/scripts/dump" ]
ok "every example is there" sh -c "[ \"\$(cd '$checkout/scripts' && find . -name '*.lua' | sort)\" = \"\$(cd '$share/btkhost/scripts' && find . -name '*.lua' | sort)\" ]"
ok "a broker is found beside its script" ends 0 check "$share/btkhost/scripts/live_sma.lua"
ok "a project is made" ends 0 init project
ok "... and its tests pass" sh -c "cd project && '$program' test"
ok "definitions are made" ends 0 definitions project
ok "... the installed ones" diff -r project/.luals "$share/btkhost/luals"
ok "bash takes the installed completion" bash -n "$share/bash-completion/completions/btkhost"
ok "zsh has one, too" grep -q '^#compdef btkhost' "$share/zsh/site-functions/_btkhost"
ok "the manual page names every command" sh -c "gzip -dc '$share/man/man1/btkhost.1.gz' | grep -q '^  walker '"
ok "the manual is there" cmp "$checkout/docs/manual.md" "$share/doc/btkhost/docs/manual.md"
ok "... and the README's links to the examples hold" [ -e "$share/doc/btkhost/scripts/sma_cross.lua" ]
# dead_links FOLDER: "page link" for every link to a file that is not there.
dead_links() {
  for page in "$1"/*.md "$1"/docs/*.md; do
    grep -o '](\([^):]*\))' "$page" | sed 's/^](//; s/[)#].*//' | while read -r link; do
      [ -z "$link" ] || [ -e "$(dirname "$page")/$link" ] || echo "$page $link"
    done
  done
}
ok "... so do all links between the pages" sh -c '[ -z "$1" ] || { echo "$1"; exit 1; }' sh "$(dead_links "$share/doc/btkhost")"
service=$work/usr/local/lib/systemd/system/btkhost@.service
ok "the service runs the installed program" grep -Fq "ExecStart=$program " "$service"
ok "its example of settings begins on paper" grep -qx 'BTK_MODE=paper' "$share/btkhost/service.env"
DESTDIR=$work/root
export DESTDIR
ok "packagers install below DESTDIR" "$cmake" --install "$build" --prefix /usr
ok "... for the place it will have" grep -Fq "ExecStart=/usr/bin/btkhost " root/usr/lib/systemd/system/btkhost@.service
unset DESTDIR

if [ -z "$(command -v dpkg-deb)" ] || [ -z "$(command -v dpkg-shlibdeps)" ]; then
  echo "without the Debian package: dpkg-deb or dpkg-shlibdeps (package dpkg-dev) is missing"
  verdict
  exit
fi
# Folders get the rights of the umask; the launcher takes care of that.
umask 022
ok "the package is made" "$cpack" --config "$build/CPackConfig.cmake" -G DEB -B "$work/deb"
deb=$(echo deb/btkhost_"$version"_*.deb)
field() { dpkg-deb -f "$deb" "$1"; }
ok "... of this version" [ "$(field Version)" = "$version" ]
field Depends | tr ',' '\n' >depends
ok "it needs LuaJIT" grep -q libluajit depends
ok "... and certificates" grep -q ca-certificates depends
ok "... and no package of headers" sh -c "! grep -q -- '-dev' depends"
ok "it can be unpacked" dpkg-deb -R "$deb" unpacked
listed() { (cd "$1" && find usr ! -type d | sed 's,/vendor-completions/,/site-functions/,' | sort); }
listed root >wanted
listed unpacked >got
ok "it holds what is installed" diff wanted got
ok "everybody can look into its folders" sh -c "[ -z \"\$(find unpacked/usr -type d ! -perm -005)\" ]"
ok "its service runs the installed program" grep -q '^ExecStart=/usr/bin/btkhost ' unpacked/usr/lib/systemd/system/btkhost@.service
ok "its program runs" sh -c "[ \"\$(unpacked/usr/bin/btkhost eval -e 'btk.ta.sma({ 1, 2, 3 }, 3)')\" = 2 ]"
for script in postinst prerm postrm; do
  ok "$script is a shell script" sh -n "unpacked/DEBIAN/$script"
  ok "... that can be executed" [ -x "unpacked/DEBIAN/$script" ]
done
# In a root without anything else it misses other units, too; that does not matter here.
if [ -n "$(command -v systemd-analyze)" ]; then
  systemd-analyze verify --man=no --root="$work/unpacked" "btkhost@play.service" >verified 2>&1
  ok "systemd understands every line of the service" sh -c "! grep -E 'service:[0-9]+:|usr/bin/btkhost' verified"
fi
verdict
