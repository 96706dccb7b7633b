#!/bin/sh
# The plugin `barcode`, and an example of the protocol in shell: one message a line, jq reads and writes the JSON, zbarimg
# reads the codes. Works on one call at a time. What takes longer than its deadline is ended by `timeout`, so that the
# plugin itself always answers.
set -u

# What an image may take of this plugin's memory and of /tmp, whatever size it says it has.
export MAGICK_MEMORY_LIMIT=96MiB MAGICK_MAP_LIMIT=0 MAGICK_DISK_LIMIT=0 MAGICK_AREA_LIMIT=64MP MAGICK_THREAD_LIMIT=1
export MAGICK_WIDTH_LIMIT=16KP MAGICK_HEIGHT_LIMIT=16KP MAGICK_LIST_LENGTH_LIMIT=64
pages=20

# Results and errors, with the identifier exactly as it came, which is JSON.
answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
refuse() { # ID CODE MESSAGE [HINT]
    jq -cn --argjson id "$1" --argjson code "$2" --arg message "$3" --arg hint "${4:-}" '{jsonrpc: "2.0", id: $id,
        error: ({code: $code, message: $message} + if $hint == "" then {} else {data: {hint: $hint}} end)}'
}

# kind FILE: what it is by its first bytes. ImageMagick, which zbarimg reads with, knows a hundred formats more, scripts
# among them: none of those gets that far.
kind() {
    case $(head -c 1024 "$1" | od -An -v -tx1 | tr -d ' \n') in
    89504e470d0a1a0a*) echo png ;;
    ffd8ff*) echo jpeg ;;
    474946383761* | 474946383961*) echo gif ;;
    49492a00* | 4d4d002a*) echo tiff ;;
    52494646????????57454250*) echo webp ;;
    424d????????00000000*) echo bmp ;;
    *255044462d*) echo pdf ;;
    esac
}

# scan FILE OPTION…: what zbarimg prints about it, into $work/xml, $work/raw and the like. Status 4: no code in it.
scan() {
    image=$1 into=$2
    shift 2
    timeout -k 1 "$left" zbarimg --quiet --nodbus --nodisplay "$@" "$image" >"$work/$into" 2>"$work/complaint"
}

# codes IMAGE PAGE: one JSON object a line for every code in an image. Fails where zbarimg cannot read it.
codes() {
    scan "$1" xml --xml
    case $? in
    # An image beyond the limits above is passed over with a warning only.
    0) grep -q '<index' "$work/xml" || return 1 ;;
    4) return 0 ;;
    *) return 1 ;;
    esac
    # zbar guesses in which character set a QR code is written, and often guesses wrong: UTF-8 becomes Japanese. So it
    # reads the image twice more: once for the texts as it guessed them, and once for the bytes as they are, one code
    # behind the other without anything between. The texts tell where the bytes of one code end.
    scan "$1" guessed --raw
    scan "$1" bytes --raw -Sbinary
    guess=0 place=0
    shapes <"$work/xml" | while read -r frame type quality orientation length; do
        tail -c "+$((guess + 1))" "$work/guessed" | head -c "$length" >"$work/guess"
        guess=$((guess + length + 1))
        original
        jq -cn --argjson page "$(($2 + frame))" --arg type "$type" --argjson quality "$quality" \
            --arg orientation "$orientation" --arg data "$(base64 -w 0 <"$work/original")" '{$page, $type, $quality, $orientation}
            + ($data | @base64d | if @base64 == $data then {text: .} else {base64: $data} end)'
    done
}

# shapes: the frame, type, quality and orientation of every code in zbar's XML, and the bytes of its text as guessed.
shapes() {
    jq -Rrs '
        # (?s): a dot matches a line feed too.
        def groups(pattern): match("(?s)" + pattern; "g") | [.captures[] | select(.name) | {key: .name, value: .string}] | from_entries;
        groups("<index num=.(?<frame>[0-9]+).>(?<symbols>.*?)</index>") | .frame as $frame | .symbols
        | groups("<symbol type=.(?<type>[^\u0027]+). quality=.(?<quality>[0-9]+).( orientation=.(?<way>[A-Z]+).)?[^>]*>"
            + ".*?<data( format=.base64. length=.(?<length>[0-9]+).)?><!\\[CDATA\\[(?<text>.*?)\\]\\]></data>")
        | "\($frame) \(.type) \(.quality) \(.way // "UNKNOWN") \(.length // (.text | utf8bytelength))"
    ' | head -n 200
}

# original: the bytes that $work/guess was made from, as they follow at $place in $work/bytes.
original() {
    for charset in UTF-8 SHIFT_JIS BIG5 ISO-8859-1 CP437; do
        iconv -f UTF-8 -t $charset "$work/guess" >"$work/original" 2>"$work/complaint" || continue
        size=$(wc -c <"$work/original")
        if cmp -s -n "$size" -i "$place:0" "$work/bytes" "$work/original"; then
            place=$((place + size))
            return
        fi
    done
    cp "$work/guess" "$work/original"
}

# read_codes ID MESSAGE: the tool.
read_codes() {
    document=$(printf '%s\n' "$2" | jq -r '.params.input.document | strings')
    most=$(printf '%s\n' "$2" | jq '.params.input.pages // empty')
    # A second is kept for the answer itself.
    left=$(printf '%s\n' "$2" | jq '[((.params.deadlineMs // 30000) / 1000 - 1), 0.5] | max')
    if [ ! -f "$document" ] || [ ! -r "$document" ]; then
        refuse "$1" -31994 'document not found'
        return
    fi
    # A name of our own: ImageMagick finds meaning in brackets, colons and percent signs.
    if ! work=$(mktemp -d) || ! ln -s "$document" "$work/document"; then
        refuse "$1" -31990 'no room in the temporary folder'
        return
    fi
    format=$(kind "$document")
    case $format in
    '') refuse "$1" -31990 'the document is no image' 'PNG, JPEG, GIF, TIFF, WebP, BMP and PDF can be read' ;;
    pdf) of_pages "$1" "${most:-$pages}" ;;
    *)
        if codes "$format:$work/document" 1 >"$work/found"; then
            found "$1"
        else
            refuse "$1" -31990 'the image cannot be read' 'it is damaged, or larger than this plugin reads'
        fi
        ;;
    esac
    rm -rf "$work"
}

# of_pages ID COUNT: the codes of a PDF, page by page, so that one page at a time lies in the temporary folder.
of_pages() {
    : >"$work/found"
    end=$(($(date +%s) + ${left%%.*}))
    page=1
    while [ "$page" -le "$2" ]; do
        left=$((end - $(date +%s)))
        if [ "$left" -lt 1 ]; then
            refuse "$1" -31997 'deadline exceeded: the document has more pages than there is time for' 'ask for fewer pages'
            return
        fi
        # -scale-to bounds the longer side, whatever size the page says it has; for A4 this is 205 dpi.
        if ! timeout -k 1 "$left" pdftoppm -q -f "$page" -l "$page" -scale-to 2400 -gray "$work/document" \
            >"$work/page.pgm" 2>"$work/complaint" || [ ! -s "$work/page.pgm" ]; then
            # Behind the last page pdftoppm writes nothing; on the first page that is a failure.
            [ "$page" -gt 1 ] && break
            refuse "$1" -31990 'the document cannot be opened' 'it is not a PDF, opens with a password only, or is too damaged'
            return
        fi
        codes "pgm:$work/page.pgm" "$page" >>"$work/found" || {
            refuse "$1" -31990 "page $page cannot be read"
            return
        }
        page=$((page + 1))
    done
    found "$1"
}

found() { answer "$1" "$(jq -cs '{output: {codes: .}}' <"$work/found")"; }

while IFS= read -r line; do
    # A notification has no identifier and is passed over, and so is an answer: this plugin asks the host nothing.
    id=$(printf '%s\n' "$line" | jq -c 'if type == "object" and has("method") then .id else null end' 2>/dev/null)
    case $id in '' | null) continue ;; esac
    method=$(printf '%s\n' "$line" | jq -r .method)
    case $method in
    initialize)
        protocol=$(printf '%s\n' "$line" | jq -r '.params.protocol // ""')
        if [ "$protocol" != cloister/1 ]; then
            refuse "$id" -31989 "protocol not supported: $protocol" 'this plugin speaks cloister/1'
            continue
        fi
        pages=$(printf '%s\n' "$line" | jq '.params.configuration.pages // 20')
        answer "$id" '{"name":"barcode","version":"1.0.0","hooks":[],"tools":["read"]}'
        ;;
    tool/call)
        case $(printf '%s\n' "$line" | jq -r '.params.name | strings') in
        read) read_codes "$id" "$line" ;;
        *) refuse "$id" -31994 'tool not found' 'tools: read' ;;
        esac
        ;;
    ping | shutdown) answer "$id" '{}' ;;
    *) refuse "$id" -32601 "method not found: $method" ;;
    esac
done
