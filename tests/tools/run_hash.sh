#!/bin/sh
# Computes run hashes again from what `btkhost run --events FILE` wrote, with
# nothing of btkhost in it. Usage: run_hash.sh FILE
#
# Prints one line per run, "<hash> <symbol> <strategy>", and where there are
# several a last line "<hash> all". Fails when a run's own line in the file says
# something else.
#
# A run's hash is SHA-256 over its decision lines, each with its line end. Where
# the file holds several runs, a line "# <n> <symbol> <strategy> <hash>" comes
# before each and belongs to none. The hash of all is SHA-256 over the runs'
# hashes as text, in order, each with a line end.
set -eu

file=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

hash_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# One file per run.
awk -v folder="$folder" '
  /^# / { n++; out = sprintf("%s/%06d", folder, n); print > (out ".head"); printf "" > out; next }
  out == "" { n = 1; out = sprintf("%s/%06d", folder, n); printf "" > out }
  { print > out }
' "$file"

wrong=0
count=0
: >"$folder/hashes"
for run in "$folder"/[0-9][0-9][0-9][0-9][0-9][0-9]; do
  [ -e "$run" ] || break
  count=$((count + 1))
  hash=$(hash_of "$run")
  echo "$hash" >>"$folder/hashes"
  names=$(awk -F '\t' 'NR == 1 { print $2, $3 }' "$run")
  echo "$hash $names"
  if [ -e "$run.head" ]; then
    said=$(awk '{ print $NF }' "$run.head")
    if [ "$said" != "$hash" ]; then
      echo "$file says $said for $names" >&2
      wrong=1
    fi
  fi
done
[ "$count" -gt 0 ] || { echo "$file holds no decisions" >&2; exit 1; }
[ "$count" -eq 1 ] || echo "$(hash_of "$folder/hashes") all"
exit "$wrong"
