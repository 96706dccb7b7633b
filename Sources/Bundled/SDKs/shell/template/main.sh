#!/bin/sh
# PLUGIN_NAME: counts the lines and words of a text. Needs jq, which reads and writes all JSON here.
set -u
minimum=1

# Reads messages, and writes a line for each request: its id, its method, the tool's or the protocol's name, and the input or the
# configuration, as JSON with tabs between them. Notifications, answers and what is not JSON are passed over.
# shellcheck disable=SC2016 # jq's variables, not the shell's
requests='fromjson?
    | select(type == "object" and has("id") and (.method | type) == "string")
    | (if (.params | type) == "object" then .params else {} end) as $params
    | [.id, .method, ($params.name // $params.protocol), ($params.input // $params.configuration // {})]
    | map(tojson) | join("\t")'

# answer ID RESULT, refuse ID CODE MESSAGE: all but the message is JSON.
answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
refuse() {
    message=$(printf '%s' "$3" | jq -Rs .)
    printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":%s}}\n' "$1" "$2" "$message"
}

# count ID INPUT
count() {
    text=$(printf '%s\n' "$2" | jq -r '.text // empty' 2>/dev/null)
    if [ ! -f "$text" ] || [ ! -r "$text" ]; then
        refuse "$1" -31994 "the text cannot be read"
        return
    fi
    lines=$(grep -c '' <"$text")
    words=$(tr -s '[:space:]' '\n' <"$text" | grep -cE ".{$minimum,}")
    answer "$1" "{\"output\":{\"lines\":$lines,\"words\":$words}}"
}

tab=$(printf '\t')
jq --unbuffered -R -r "$requests" | while IFS="$tab" read -r id method name values; do
    case $method in
    '"initialize"')
        if [ "$name" != '"cloister/1"' ]; then
            refuse "$id" -31989 "the host speaks $name, this plugin cloister/1"
            continue
        fi
        minimum=$(printf '%s\n' "$values" | jq -r '.minimum // 1')
        answer "$id" '{"name":"PLUGIN_ID","version":"0.1.0","hooks":[],"tools":["count"]}'
        ;;
    '"tool/call"')
        case $name in
        '"count"') count "$id" "$values" ;;
        null) refuse "$id" -32602 "the name of a tool is missing" ;;
        *) refuse "$id" -31994 "tool not found: $name" ;;
        esac
        ;;
    '"ping"' | '"shutdown"') answer "$id" '{}' ;;
    *) refuse "$id" -32601 "method not found: $method" ;;
    esac
done
