import HostTesting
import Model
import Testing
import Workflows

@testable import cloister

/// What Debian's `jq` gives is what the sealed worker gives, byte for byte. Whole numbers of more than 15 digits are not
/// among it: jq 1.6 loses their digits.
@Suite(.timeLimit(.minutes(5))) struct JQPeerTests {
    private static let input = #"""
        {"user":{"name":"Ada \"L\" \\ \u0001 \u007f é 😀","age":36,"tags":["a","b","a"]},"rows":[{"k":"x","n":3},{"k":"y","n":1.5},{"k":"x","n":-0}],
        "empty":{},"none":null,"yes":true,"small":1e-7,"large":1e300,"huge":1e400,"text":"2015-03-05T23:51:47Z","csv":"1,2;3","nested":[[1,[2]],3]}
        """#

    private static let programs = [
        ".", ".user.name", ".user | keys", ".user.tags | unique", ".rows | map(.n) | add", ".rows | group_by(.k)", ".rows | sort_by(.n)",
        ".rows | max_by(.n)", "[.rows[] | select(.k == \"x\")]", ".rows | map({(.k): .n}) | add", ".rows[1:]", ".nested | flatten",
        "[paths]", "[leaf_paths]", "to_entries", "with_entries(.value |= tostring)", ".csv | split(\",\")", ".csv | [splits(\"[,;]\")]",
        ".text | fromdate", ".text | fromdate | todate", ".text | strptime(\"%Y-%m-%dT%H:%M:%SZ\")", ".user.name | ascii_downcase",
        ".user.name | @base64, @uri, @html, @sh, @json, @text", ".user.name | explode | implode", ".user.tags | @csv, @tsv",
        ".user.name | test(\"ada\"; \"i\")", "[.user.name | match(\".\"; \"g\").string]", ".user.name | sub(\"A\"; \"B\")",
        "[limit(3; range(10))]", "first(range(5; 10))", "[range(0; 1; 0.25)]", "[.rows[].n] | (min, max, length)", "reduce .rows[] as $r (0; . + $r.n)",
        "[foreach range(4) as $i (0; . + $i; [$i, .])]", "if .yes then 1 else 2 end", ".none // \"default\"", "try error(\"x\") catch .",
        "[.[] | type]", "del(.rows)", ".user.age += 1", "path(..) | select(length == 3)", "[..] | length", "tojson", "tojson | fromjson",
        "getpath([\"rows\", 0, \"k\"])", "setpath([\"a\", \"b\"]; 1)", "[.rows[] as {k: $k, n: $n} | $k + \"\\($n)\"]", "def f(x): x * 2; f(.user.age)",
        "[1, [2, 3]] as [$a, [$b]] | $a + $b", "label $out | foreach (1, 2, 3) as $i (0; $i; if . > 1 then ., break $out else . end)",
        "[1, 1.0, 1.5, 1e20, 1e17, 0.1, 1e-5, 123456789012]", "[10 / 3, 7 % 3, -7 % 3, 2 * 3.5]", "[infinite, -infinite, nan] | map(tostring)",
        "[.small, .large, .huge]", "[nan] | sort", "{} | .a.b.c = 1", "[1, null, \"a\", [], {}, true, false] | sort", "any(.rows[]; .n > 2), all(.rows[]; .n > 2)",
        "input_filename, $ENV, env", ".rows | map(.k) | join(\"-\")", "[.user.tags | combinations(2)] | length", ".rows | INDEX(.k)", "@json \"x\\(.user.tags)\"",
        "[splits(\"a\")?]", "ltrimstr(1) | type", "\"abc\" | ltrimstr(\"a\"), rtrimstr(\"c\"), startswith(\"a\"), .[1:2]", "[.[]?] | length", "walk(if type == \"number\" then 0 else . end)",
        "env | length", "\"\\u00e9\\ud83d\\ude00\" | length, utf8bytelength", "[\"b\", \"a\"] | sort, reverse, index(\"a\")", "transpose?", "[[1, 2], [3]] | transpose",
        "$__loc__", "now | type", "isvalid(.a)", "[recurse(if . < 3 then . + 1 else empty end)?]", "input_line_number | type", "splits", "1 as $x | 2 as $y | [$x, $y, $__loc__.line]",
        "tostream", "fromstream(tostream)", "[.rows[].n | floor, sqrt, fabs] | map(. * 10 | round)", "ascii", "@base32", "halt", "empty", "halt_error(1)?", "\"\\(1 + 2) is three\"",
        "reduce range(40) as $i (1; [., .]) | . == .", "reduce range(40) as $i (1; {a: ., b: .}) | . == .",
        "[nan] | [.[0]] == [.[0]], . < .", "[nan] == [nan], nan == nan", "[1, 2] as $x | $x[:1] == $x[:1], $x == $x[:2]", "[[1]] as [$x] | [$x, 1] - [$x] | length",
        "reduce range(255, 256, 257, 300) as $n (.; .) | tojson | length", "reduce range(256) as $i (7; [.]) | tojson", "reduce range(257) as $i (7; [.]) | tojson",
        "reduce range(300) as $i (7; {a: [.]}) | tojson", "reduce range(300) as $i (7; [., 1]) | tostring, @json, @text", "# nothing", "# a\n  # b\n", " # \\\n.yes", ".yes # }",
        "1 as $x | $ x, $ # here\n x",
    ]

    @Test func `results are those of the command`() async throws {
        let input = Self.input
        try await DaemonFixture.with { host in
            let file = host.folder + "/input.json"
            try FileCopy.write(input, to: file)
            let ours = try await host.daemon.expressions.evaluate(
                Self.programs.map { Evaluation($0, input: input, limit: 1000) }, for: host.tenant)
            for (program, result) in zip(Self.programs, ours) {
                // The name of a file is the one thing that both see differently.
                let program = program.replacing("input_filename", with: "null")
                let theirs = try await aside {
                    try? ProcessRun.output("/usr/bin/env", ["-i", "/usr/bin/jq", "-c", program, file])
                }
                switch result {
                case .success(let values): #expect(values.map { $0 + "\n" }.joined() == theirs, "\(program)")
                case .failure(let fault): #expect(theirs == nil, "\(program): \(fault), but jq gives \(theirs ?? "")")
                }
            }
        }
    }
}
