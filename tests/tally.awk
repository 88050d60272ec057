# Reads ctest's JUnit file and prints "PASSED FAILED": the test cases of all
# programs by their own last words, one case for a program that says nothing.
# A program that failed counts at least one failure whatever it printed.
{ sub(/^[ \t]*<system-out>/, "") }
/<testcase / { status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status); passes = fails = 0; spoke = 0 }

# A program that said itself that it cannot be run here counts nothing.
/<skipped message="SKIP_RETURN_CODE/ { status = "skipped" }

# Catch2: "All tests passed (12 assertions in 3 test cases)", "test cases: 3 | 2 passed | 1 failed".
/All tests passed \(/ { n = $0; sub(/.* in /, "", n); passes += n + 0; spoke = 1 }
/^test cases: / {
  n = split($0, part, "|")
  for (i = 2; i <= n; i++) {
    if (part[i] ~ /passed/) passes += part[i] + 0
    if (part[i] ~ /failed/) fails += part[i] + 0
  }
  spoke = 1
}
/No tests ran/ { spoke = 1 }
# Our own runners: "27 passed, 0 failed" alone on a line.
/^[0-9]+ passed, [0-9]+ failed$/ { passes = $1; fails = $3; spoke = 1 }

/<\/testcase>/ {
  if (status == "run") passed += spoke ? passes : 1
  if (status == "fail" || status == "notrun") { passed += passes; failed += fails > 0 ? fails : 1 }
}
END { print passed + 0, failed + 0 }
