# shellcheck shell=bash
# All scenarios. Who sources this has defined `scenario`, `expect`, `allow` and `optional`.
for part in servers web dns tcp ip stacks firmware; do
  # shellcheck source=/dev/null
  source "$captures/$part.bash"
done
