#!/usr/bin/env bash
# Compares the CPU time of a creation between two builds of nac. The builds take turns (OLD NEW NEW OLD …), so that a slow
# minute of the machine meets both. Needs wrk.
#
#   Benchmarks/creations.sh OLD NEW [ROUNDS] [SECONDS]
set -euo pipefail
old="${1:?usage: creations.sh OLD NEW [ROUNDS] [SECONDS]}" new="${2:?usage: creations.sh OLD NEW [ROUNDS] [SECONDS]}" rounds="${3:-3}" seconds="${4:-8}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the CPU time in µs of one creation.
measure() {
  local folder port process before after requests
  folder=$(mktemp -d "$work/run.XXXXXX")
  NAC_LIMITS_SESSIONS_PER_DEVICE=0 "$1" serve --port 0 --database "sqlite:$folder/nac.db" --log-level error >"$folder/out" 2>&1 &
  process=$!
  until port=$(grep -m 1 -oE 'http://127.0.0.1:[0-9]+' "$folder/out" | grep -oE '[0-9]+$'); do kill -0 "$process" && sleep 0.1; done
  wrk -t1 -c64 -d2 -s "$here/create.lua" "http://127.0.0.1:$port" >"$folder/warm"
  before=$(awk '{print $14 + $15}' "/proc/$process/stat")
  NET=10.2 wrk -t1 -c64 -d"$seconds" -s "$here/create.lua" "http://127.0.0.1:$port" >"$folder/wrk"
  after=$(awk '{print $14 + $15}' "/proc/$process/stat")
  requests=$(awk '/requests in/ {print $1}' "$folder/wrk")
  kill "$process" && wait "$process" || true
  echo $(((after - before) * 1000000 / $(getconf CLK_TCK) / requests))
  rm -rf "$folder"
}

for ((round = 1; round <= rounds; round++)); do
  for build in old new new old; do
    time=$(measure "${!build}")
    echo "$build $time" | tee -a "$work/figures"
  done
done
awk '{sum[$1] += $2; count[$1]++} END {
  old = sum["old"] / count["old"]; new = sum["new"] / count["new"]
  printf "CPU time of a creation: old %.1f µs, new %.1f µs, old / new %.3f\n", old, new, old / new
}' "$work/figures"
