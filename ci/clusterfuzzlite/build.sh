#!/usr/bin/env bash
# Builds the cargo-fuzz targets of the project in the working folder into $OUT as OSS-Fuzz and ClusterFuzzLite take them: a program for
# each, its seeds and regressions, its dictionary and its options.
set -euo pipefail

# Their coverage builds bring flags of their own.
sanitizer=none
[ "${SANITIZER:-address}" = address ] && sanitizer=address
cargo fuzz build --sanitizer "$sanitizer"
built=${CARGO_TARGET_DIR:-fuzz/target}/x86_64-unknown-linux-gnu/release

for name in $(cargo fuzz list); do
    cp "$built/$name" "$OUT/"
    printf '[libfuzzer]\ntimeout = 10\n' >"$OUT/$name.options"
    if [ -f "fuzz/dictionaries/$name.dict" ]; then
        cp "fuzz/dictionaries/$name.dict" "$OUT/"
        echo "dict = $name.dict" >>"$OUT/$name.options"
    fi
    if [ -d "corpora/$name" ]; then
        find "corpora/$name" -type f ! -name '*.md' ! -name '.*' | sort | zip -jq@ "$OUT/${name}_seed_corpus.zip"
    fi
done
