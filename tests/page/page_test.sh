#!/bin/sh
# Opens report pages of the program in headless Chromium. Usage: page_test.sh PROGRAM CHECKOUT
# Pictures of every page are left in report_page_pictures beside the program.
set -u
program=$1 checkout=$2

without=
for tool in node npm chromium; do command -v "$tool" >/dev/null || without="$without, $tool"; done
[ -e "$(dirname -- "$program")/report_page.html" ] || without="$without, built page (./start page)"
[ -d "$checkout/web/report/node_modules/playwright-core" ] || without="$without, npm packages of the page (./start page)"
if [ -n "$without" ]; then
  echo "The report page is not tested, there is no ${without#, }"
  [ "${CI:-}" = true ] && exit 1
  exit 77
fi

CHROMIUM=$(command -v chromium)
export CHROMIUM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$checkout/web/report" && npm run --silent check) || { echo "0 passed, 1 failed"; exit 1; }
node "$checkout/tests/page/page_test.mjs" "$program" "$checkout" "$work"
