#!/bin/sh
# Runs a command as a test of this server: fetches the configuration, reports, posts the result.
# usage: runner.sh http://host:port TEST_ID RESULT_FILE COMMAND [ARGUMENT...]
# The command finds the configuration in the file miniconf.json and leaves a subunit stream or JSON in RESULT_FILE.
# A protected test wants its token in the environment variable TEST_TOKEN.
set -u
if [ "$#" -lt 4 ]; then
    echo "usage: $0 http://host:port TEST_ID RESULT_FILE COMMAND [ARGUMENT...]" >&2
    exit 2
fi
base="${1%/}/v1" test_id="$2" result="$3"
shift 3

call() {
    curl --silent --show-error --fail --header "X-Test-Token: ${TEST_TOKEN:-}" "$@"
}

report() {
    call --output /dev/null --data-urlencode "status=$1" ${2:+--data-urlencode "error=$2"} \
        "$base/update-test-status/$test_id" || echo "the report was not taken: $1" >&2
}

call --output miniconf.json "$base/get-miniconf?test_id=$test_id" || exit 1
report "running $1"
"$@"
code=$?
if [ ! -s "$result" ]; then
    report "no result" "the command ended with $code and left no result"
    exit 1
fi
call --form "file=@$result" "$base/post-result?test_id=$test_id" || {
    report "the result was not taken" "post-result failed"
    exit 1
}
