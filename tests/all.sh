#!/usr/bin/env bash
# Every check there is: format, lints, the whole suite on SQLite and again on PostgreSQL, browser tests included.
# Runs on a Debian with git, Rust and gcc, as root or with sudo, and installs what else it needs. ZHUQI_SOAK=1 runs the
# full counts. The last line is the sum over both engines, for example: 246 passed, 0 failed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export LC_ALL=C.UTF-8 CARGO_TERM_COLOR=never
unset TEST_DATABASE_URL DATABASE_URL

step() { printf '\n== %s\n' "$*"; }
die() { printf 'all.sh: %s\n' "$*" >&2; exit 1; }

postgres_bin() { # the newest installed server's programs
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1) || true
  [[ -n $found ]] && dirname "$found"
}

install_missing() {
  local missing=() sudo=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromedriver >/dev/null || missing+=(chromium-driver)
  compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)
  [[ -n $(postgres_bin) ]] || missing+=(postgresql)
  if ((${#missing[@]})); then
    step "installing ${missing[*]}"
    command -v apt-get >/dev/null || die "please install: ${missing[*]}"
    if ((EUID != 0)); then
      command -v sudo >/dev/null || die "please install, or run as root: ${missing[*]}"
      sudo=(sudo -n env)
    else
      sudo=(env)
    fi
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  fi
  if command -v rustup >/dev/null; then
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
  fi
}

# PostgreSQL refuses to run as root; its own account comes with the package.
as_postgres() {
  if ((EUID == 0)); then
    (cd "$work/pg" && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

work=$(mktemp -d /tmp/zhuqi-all.XXXXXX) # a short path: the socket's name must fit 107 bytes
chmod 711 "$work"
cleanup() {
  [[ -f $work/pg/data/postmaster.pid ]] && as_postgres "$bin/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A throw-away cluster on a socket in a private directory: no port to collide with, nobody else gets in.
start_postgres() {
  bin=$(postgres_bin)
  mkdir -m 700 "$work/pg"
  ((EUID != 0)) || chown postgres "$work/pg"
  as_postgres "$bin/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1 ||
    { cat "$work/initdb.log" >&2; die "initdb failed"; }
  as_postgres "$bin/pg_ctl" -D "$work/pg/data" -l "$work/pg/log" -w -t 60 start -o \
    "-k $work/pg -c listen_addresses='' -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
    >"$work/start.log" 2>&1 || { cat "$work/start.log" "$work/pg/log" >&2; die "PostgreSQL did not start"; }
  postgres_url="postgres://postgres@${work//\//%2F}%2Fpg/postgres"
}

passed=0 failed=0 broken=0
# run_suite NAME [VARIABLE=VALUE…]: counts what cargo reports; goes on after a failure so that both engines are seen.
run_suite() {
  local name=$1 log=$work/$1.log code=0 p f
  shift
  step "tests on $name"
  env "$@" cargo test --locked --no-fail-fast 2>&1 | tee "$log" || code=1
  read -r p f < <(awk '/^test result: / { p += $4; f += $6 } END { print p + 0, f + 0 }' "$log")
  printf '\n%s: %d passed, %d failed\n' "$name" "$p" "$f"
  passed=$((passed + p)) failed=$((failed + f))
  ((code == 0)) || broken=1
  if ((p + f == 0)); then
    printf '%s: no test was run\n' "$name"
    broken=1
  fi
}

install_missing
step "format"
cargo fmt --check
step "lints"
cargo clippy --all-targets --locked -- -D warnings
run_suite sqlite
start_postgres
run_suite postgres TEST_DATABASE_URL="$postgres_url"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
((broken == 0 && failed == 0))
