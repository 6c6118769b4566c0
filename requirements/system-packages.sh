#!/bin/sh
# Installs the programs the tests run against: an MQTT broker, PostgreSQL, a browser and its fonts.
# Only as root on a machine with apt, only what is missing; set NO_APT=1 to be left alone. Never fails:
# the tests that lack a program skip, and this says which.
set -u

postgres_server() {
    command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1
}

browser() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1
}

missing_packages() {
    command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || echo mosquitto
    postgres_server || echo postgresql
    browser || echo chromium
    # The dashboard's digits are set in the system's own font; without any, screenshots show boxes.
    fc-list 2>/dev/null | grep -q . || echo fonts-dejavu-core
}

install_quietly() {
    # 101 from policy-rc.d means "start no service": the tests start their own, on ports of their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=$(missing_packages | tr '\n' ' ')
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && [ -z "${NO_APT:-}" ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests: $missing"
    # shellcheck disable=SC2086 # a list of package names, to be split
    install_quietly $missing </dev/null || echo "apt could not install everything" >&2
fi

missing=$(missing_packages | tr '\n' ' ')
if [ -n "$missing" ]; then
    echo "======================================================================" >&2
    echo "MISSING: $missing" >&2
    echo "The tests that need them will SKIP. On Debian or Ubuntu:" >&2
    echo "    apt-get install $missing" >&2
    echo "======================================================================" >&2
fi
exit 0
