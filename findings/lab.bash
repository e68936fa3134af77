# Sourced by every finding: a temporary folder, pinned packages in it, and the verdict.
# A finding ends with 0 when it held, with 1 when something else was seen, with 2 when it could not run.
set -euo pipefail

# Where more can be sourced from, whatever the folder at hand is.
findings=$(cd "${BASH_SOURCE%/*}" && pwd)
lab=$(mktemp -d)
leave() {
  local children
  children=$(jobs -p)
  [ -z "$children" ] || kill $children 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$lab"
}
trap leave EXIT
cd "$lab"

cannot() {
  echo "could not run: $1" >&2
  exit 2
}

needs() {
  local tool
  for tool in "$@"; do command -v "$tool" >/dev/null || cannot "$tool is missing"; done
}

# Puts one exact Node.js before the one at hand.
use_node() {
  needs node npm
  npm_install "node-$(node -p 'process.platform + "-" + process.arch')@$1"
  PATH="$(echo "$lab"/node_modules/node-*/bin):$PATH"
}

install() {
  "$@" >install.log 2>&1 || cannot "$(printf '%s\n' "$*" && tail -n 3 install.log)"
}

npm_install() {
  needs node npm
  install npm install --prefix . --no-audit --no-fund --ignore-scripts --loglevel=error "$@"
}

pip_install() {
  needs python3
  install python3 -m venv python
  install python/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}

# Takes group:artifact:version and leaves the jar and those that it needs in jars/.
maven_install() {
  needs java mvn
  local coordinate group artifact version dependencies=""
  for coordinate in "$@"; do
    IFS=: read -r group artifact version <<<"$coordinate"
    dependencies+="<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
  done
  echo "<project><modelVersion>4.0.0</modelVersion><groupId>lab</groupId><artifactId>lab</artifactId>
    <version>1</version><dependencies>$dependencies</dependencies></project>" >pom.xml
  install mvn -q -B dependency:copy-dependencies -DoutputDirectory=jars
}

# Waits for a server of this machine to take connections on a port.
listening() {
  local attempt
  for attempt in $(seq 240); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.25
  done
  cannot "nothing listens on port $1"
}

free_port() {
  node --eval 'const server = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(server.address().port);
    server.close();
  })'
}

# Compares what was seen with what the finding states on its standard input.
holds() {
  printf '%s\n' "$1"
  printf '%s\n' "$1" >seen
  cat >stated
  diff --unified=0 --label stated --label seen stated seen >&2 || exit 1
}
