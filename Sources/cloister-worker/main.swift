import CJQ
import Glibc

// The evaluator of jq expressions: reads requests of `cloister/1` from standard input and answers them one after the other.
// It trusts nobody, and libjq least: whatever a program does to it, it says which evaluation that was and ends.

guard cjq_keeps_digits() != 0 else {
    Output.complain("this libjq cannot be made to keep the digits of whole numbers")
    exit(1)
}
// One arena: what the limit leaves is then there for whichever thread asks.
mallopt(M_ARENA_MAX, 1)

let watch = Watch()
EvaluatorThread.start { stack in
    watch.guardThisThread(stack)
    var session = Session(watch: watch)
    session.serve()
    exit(0)
}
watch.keep()
