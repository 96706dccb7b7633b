extension Assets {
    /// The style of every page. Colours and fonts are tokens that `/brand/theme.css` sets; a pair of colours that is used
    /// here and not in `Palette.pairs` would go without a look at its contrast.
    static let shellStyle = """
        *, *::before, *::after { box-sizing: border-box; }
        html { font: 100%/1.5 var(--font-body); color: var(--color-text); background: var(--color-background); }
        body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; overflow-wrap: break-word; }
        h1, h2, h3 { font-family: var(--font-heading); line-height: 1.2; margin: 1.5em 0 0.5em; }
        h1 { font-size: 1.75rem; margin-top: 0; }
        h2 { font-size: 1.25rem; }
        p, ul, ol, table { margin: 0 0 1rem; }
        a { color: var(--color-accent); }
        :focus-visible { outline: 3px solid var(--color-accent); outline-offset: 2px; }
        .skip { position: absolute; left: 0; top: 0; padding: 0.75rem; background: var(--color-background);
          transform: translateY(-110%); }
        .skip:focus { transform: none; z-index: 1; }
        .site-header, .site-footer { background: var(--color-surface); padding: 0.75rem 1rem; }
        .site-header .product { font: 600 1.125rem/1.5 var(--font-heading); color: var(--color-text); text-decoration: none;
          display: inline-flex; align-items: center; gap: 0.5rem; min-height: 2.5rem; }
        .site-header .logo { display: block; height: 2rem; width: auto; max-width: 12rem; object-fit: contain; }
        .site-footer { color: var(--color-muted); font-size: 0.875rem; }
        .site-footer p { margin: 0; }
        main { flex: 1; width: 100%; max-width: 48rem; margin: 0 auto; padding: 2rem 1rem; }
        main:focus { outline: none; }
        .panel-top { max-width: 26rem; }
        .panel { background: var(--color-surface); border-radius: 0.5rem; padding: 1.5rem; max-width: 26rem; }
        .panel > label:first-of-type { margin-top: 0; }
        form + p { margin-top: 1rem; }
        .muted { color: var(--color-muted); }
        .problem { color: var(--color-danger); }
        .problem:focus { outline: 3px solid var(--color-danger); outline-offset: 4px; }
        label { display: block; font-weight: 600; margin: 1rem 0 0.25rem; }
        input, select, textarea { font: inherit; width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem;
          color: var(--color-text); background: var(--color-background); border: 1px solid var(--color-muted);
          border-radius: 0.25rem; accent-color: var(--color-accent); }
        input + .muted, input + .problem, .problem + .muted { margin-top: 0.375rem; }
        input + .problem { margin-bottom: 0.375rem; }
        [aria-invalid] { border-color: var(--color-danger); scroll-margin-bottom: 8rem; }
        [readonly] { background: none; border-color: transparent; padding-left: 0; padding-right: 0; }
        input[type="checkbox"], input[type="radio"] { width: 1.5rem; min-height: 1.5rem; }
        button, .button { display: inline-block; font: 600 1rem/1.5 var(--font-body); min-height: 2.75rem; margin-top: 1rem;
          padding: 0.5rem 1.25rem; color: var(--color-on-accent); background: var(--color-accent); border: 1px solid transparent;
          border-radius: 0.25rem; cursor: pointer; text-decoration: none; }
        .quiet, .danger { color: var(--color-accent); background: var(--color-background); border-color: currentcolor; }
        .danger { color: var(--color-danger); }
        .done { border-left: 4px solid var(--color-accent); padding-left: 0.75rem; }
        .ways, .cards { list-style: none; padding: 0; }
        .ways { max-width: 26rem; }
        .ways li { padding: 0.5rem 0; border-bottom: 1px solid var(--color-muted); }
        .ways a { display: block; padding: 0.25rem 0; font-weight: 600; }
        .cards .panel { margin-bottom: 1rem; }
        .cards h2, .cards p { margin: 0 0 0.375rem; }
        .codes { list-style: none; }
        .choices th:first-child { width: 100%; }
        .choices tbody th { font-weight: 400; }
        .choices input { display: block; margin: 0 auto; }
        svg.code { display: block; width: 100%; max-width: 15rem; margin: 0 0 1rem; }
        code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; }
        pre { overflow-x: auto; }
        table { border-collapse: collapse; display: block; overflow-x: auto; }
        th, td { text-align: start; padding: 0.5rem 1rem 0.5rem 0; border-bottom: 1px solid var(--color-muted); }
        @media (prefers-reduced-motion: no-preference) { .skip { transition: transform 0.1s; } }
        @media (forced-colors: active) { button, .button { border-color: ButtonText; } }

        """

    /// For pages of a session. A browser keeps whole pages to go back to, also those that no cache may store. What it has
    /// kept is hidden before it can be shown, and asked for anew: nobody reads the account of who has logged out.
    static let sessionScript = """
        addEventListener("pagehide", event => { document.documentElement.hidden = event.persisted; });
        addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

        """
}
