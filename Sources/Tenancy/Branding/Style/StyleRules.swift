/// What a tenant's style may say. What is not here is dropped.
enum StyleRules {
    /// Elements within a page's content. None that takes what people type.
    static let elements: Set<String> = [
        "a", "article", "blockquote", "button", "caption", "code", "dd", "details", "div", "dl", "dt", "em", "figcaption",
        "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "nav", "ol", "p", "pre", "section", "small", "span",
        "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    ]

    static let pseudoClasses: Set<String> = [
        "active", "first-child", "first-of-type", "focus", "focus-visible", "hover", "last-child", "last-of-type", "only-child",
    ]

    static let mediaFeatures: Set<String> = [
        "min-width", "max-width", "orientation", "prefers-color-scheme", "prefers-contrast", "prefers-reduced-motion", "hover",
        "pointer",
    ]
    static let mediaWords: Set<String> = [
        "all", "and", "screen", "print", "light", "dark", "more", "less", "no-preference", "reduce", "portrait", "landscape",
        "none", "coarse", "fine", "hover",
    ]

    static let colourFunctions: Set<String> = ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch"]
    static let gradients: Set<String> = ["linear-gradient", "radial-gradient"]
    static let comparisons: Set<String> = ["min", "max", "clamp"]

    /// What `var()` may name: the pages' own tokens.
    static let variables: Set<String> = Set(Palette.Token.allCases.map { "--color-" + $0.rawValue } + ["--font-body", "--font-heading"])

    /// Pixels that one of a unit stands for, to hold lengths to their bounds.
    static let lengths: [String: Double] = [
        "px": 1, "pt": 4 / 3, "em": 16, "rem": 16, "ch": 8, "ex": 8, "vw": 16, "vh": 16, "mm": 3.78, "cm": 37.8,
    ]
    static let angles: Set<String> = ["deg", "turn", "rad"]

    struct Property: Sendable {
        /// What may stand in it beyond `inherit`, `initial` and `unset`.
        var words: Set<String> = []
        var takesColours = false
        var takesGradients = false
        var takesNumbers = false
        var takesPercentages = false
        /// In pixels; nil where it takes no length.
        var longest: Double?
        /// Whether `var(--font-…)` may stand in it.
        var takesFonts = false
    }

    static let properties: [String: Property] = {
        let colour = Property(takesColours: true)
        func length(_ longest: Double, _ words: Set<String> = [], percent: Bool = false) -> Property {
            Property(words: words, takesPercentages: percent, longest: longest)
        }
        func words(_ list: String) -> Property { Property(words: Set(list.split(separator: " ").map(String.init))) }
        let lines: Set<String> = ["none", "solid", "dashed", "dotted", "double"]
        var all: [String: Property] = [
            "color": colour, "background-color": colour, "border-color": colour, "outline-color": colour,
            "text-decoration-color": colour, "accent-color": colour, "caret-color": colour,
            "background": Property(words: ["none"], takesColours: true, takesGradients: true),
            "background-image": Property(words: ["none"], takesGradients: true),
            "font-family": Property(words: ["serif", "sans-serif", "monospace", "system-ui", "ui-monospace", "ui-rounded"], takesFonts: true),
            "font-size": length(160, ["small", "medium", "large", "x-large", "smaller", "larger"], percent: true),
            "font-weight": Property(words: ["normal", "bold", "bolder", "lighter"], takesNumbers: true),
            "font-style": words("normal italic"), "font-variant": words("normal small-caps"),
            "line-height": Property(words: ["normal"], takesNumbers: true, takesPercentages: true, longest: 160),
            "letter-spacing": length(16, ["normal"]), "word-spacing": length(32, ["normal"]),
            "text-align": words("start end left right center justify"),
            "text-transform": words("none capitalize uppercase lowercase"),
            "text-decoration": Property(words: ["none", "underline", "overline", "line-through", "solid", "dotted", "dashed", "wavy"], takesColours: true),
            "text-decoration-line": words("none underline overline line-through"),
            "text-decoration-style": words("solid dotted dashed wavy double"),
            "text-decoration-thickness": length(8, ["auto", "from-font"]), "text-underline-offset": length(16, ["auto"]),
            "text-wrap": words("wrap balance pretty"), "hyphens": words("none manual auto"),
            "list-style-type": words("disc circle square decimal none lower-alpha upper-alpha lower-roman upper-roman"),
            "border-radius": length(400, percent: true), "border-style": Property(words: lines),
            "border-width": length(32, ["thin", "medium", "thick"]),
            "border-collapse": words("collapse separate"), "border-spacing": length(32),
            "gap": length(160), "row-gap": length(160), "column-gap": length(160),
            "max-width": length(2000, ["none"], percent: true), "min-height": length(1000),
            "outline-style": Property(words: lines.subtracting(["none"])),
            "margin": length(320, ["auto"]), "padding": length(320),
        ]
        for side in ["top", "right", "bottom", "left"] {
            all["margin-" + side] = length(320, ["auto"])
            all["padding-" + side] = length(320)
            all["border-\(side)-color"] = colour
            all["border-\(side)-style"] = Property(words: lines)
            all["border-\(side)-width"] = length(32, ["thin", "medium", "thick"])
        }
        for name in ["border", "border-top", "border-right", "border-bottom", "border-left"] {
            all[name] = Property(words: lines.union(["thin", "medium", "thick"]), takesColours: true, longest: 32)
        }
        return all
    }()

    /// Named colours of CSS Color Level 4 that people use, and the two words that stand for one.
    static let colours: Set<String> = Set(
        """
        transparent currentcolor aqua aquamarine azure beige bisque black blue blueviolet brown chocolate coral cornflowerblue \
        cornsilk crimson cyan darkblue darkcyan darkgray darkgreen darkgrey darkmagenta darkorange darkred darkslateblue \
        darkslategray darkslategrey deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia \
        gainsboro ghostwhite gold goldenrod gray green grey honeydew hotpink indigo ivory khaki lavender lightblue lightgray \
        lightgreen lightgrey lightyellow lime limegreen linen magenta maroon mediumblue midnightblue mintcream navy oldlace olive \
        orange orangered orchid pink plum purple rebeccapurple red royalblue salmon seagreen sienna silver skyblue slateblue \
        slategray slategrey snow steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen
        """.split(separator: " ").map(String.init))
}
