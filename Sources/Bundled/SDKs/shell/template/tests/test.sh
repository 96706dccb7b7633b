#!/bin/sh
# Speaks with the plugin as the host does, without a sandbox.
set -eu
cd "$(dirname "$0")/.."
failed=0 passed=0

# expect NAME PROGRAM: a jq program that must be true of the array of answers.
expect() {
    if printf '%s\n' "$answers" | jq -es "$2" >/dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'failed: %s\n%s\n' "$1" "$answers" >&2
    fi
}

answers=$(sh main.sh <<END
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":"cloister/1","configuration":{"minimum":5}}}
{"jsonrpc":"2.0","id":2,"method":"tool/call","params":{"name":"count","input":{"text":"$PWD/fixtures/poem.txt"}}}
{"jsonrpc":"2.0","id":3,"method":"tool/call","params":{"name":"count","input":{"text":"/nowhere"}}}
{"jsonrpc":"2.0","id":4,"method":"initialize","params":{"protocol":"cloister/2"}}
END
)
expect "introduces itself" '.[0].result.tools == ["count"]'
expect "leaves out short words" '.[1].result.output.words == 5'
expect "speaks one protocol" '.[3].error.code == -31989'
expect "says what it cannot read" '.[2].error.code == -31994'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
