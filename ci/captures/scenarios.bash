# shellcheck shell=bash
# All scenarios. Who sources this has defined `scenario`, `expect` and `allow`.
for part in servers web dns tcp stacks; do
  # shellcheck source=/dev/null
  source "$captures/$part.bash"
done
