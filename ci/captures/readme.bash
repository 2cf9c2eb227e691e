# shellcheck shell=bash
# corpora/captures/README.md, made of what the captures say about themselves.

# package_versions NEEDS: the Debian packages, with versions, that these commands and files come from, and the kernel.
package_versions() {
  local need file versions=()
  for need in $1; do
    file=$(readlink -f "$(type -P "$need" || echo "$need")")
    versions+=("$(dpkg-query -S "*${file#/usr}" | head -1 | cut -d: -f1)")
  done
  if [ ${#versions[@]} -gt 0 ]; then
    dpkg-query -W -f '${Package} ${Version}, ' "${versions[@]}"
  fi
  echo "Linux $(uname -r | cut -d. -f1,2)"
}

# comment_of FILE KEY: the rest of the capture's comment that starts with the key.
comment_of() {
  capinfos -k "$1" | sed -n "s/^Capture comment: *$2: //p"
}

write_readme() {
  local file
  {
    cat "$captures/readme.head.md"
    for file in "$destination"/*.pcapng; do
      # shellcheck disable=SC2016 # these are Markdown's
      printf '| `%s` | %s | %s | %s | %s | %s |\n' "$(basename "$file" .pcapng)" "$(comment_of "$file" Shows)" \
        "$(comment_of "$file" Stacks)" "$(capinfos -c -Tr "$file" | cut -f2)" "$(stat -c %s "$file")" \
        "$(comment_of "$file" Packages)"
    done
  } >"$destination/README.md.new"
  mv "$destination/README.md.new" "$destination/README.md"
}
