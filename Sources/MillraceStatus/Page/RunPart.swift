// SPDX-License-Identifier: Apache-2.0
import MillraceReport
import MillraceSettings

/// What the run has said, and what it was told.
enum RunPart {
    /// Changes while the run goes on.
    static func notes(_ view: StatusView) -> HTML {
        let lines = view.notes.suffix(12).reversed().map { note -> HTML in
            "<li><time>\(TimeDisplay.short(note.milliseconds))</time> \(note.text)</li>"
        }
        let list: HTML = lines.isEmpty ? "<p class=\"quiet\">nothing yet</p>" : "<ul class=\"log\">\(Array(lines))</ul>"
        return "<section id=\"notes\"><h2>Log</h2>\(list)</section>"
    }

    /// Does not change; what is folded out stays so.
    static func fixed(_ view: StatusView) -> HTML {
        let identity = view.identity
        let settings = identity.settings.map { "<dt>\($0.name)</dt><dd>\($0.value)</dd>" as HTML }
        return """
            <section id="run"><h2>Run</h2>
            <details><summary>Plan</summary><pre>\(identity.plan)</pre></details>
            <details open><summary>Configuration</summary><dl>\(settings)
            <dt>started</dt><dd>\(TimeDisplay.short(identity.startedMilliseconds)) UTC</dd>
            <dt>versions</dt><dd>Millrace \(identity.version), librdkafka \(identity.libraryVersion), \
            Swift \(SwiftVersion.text)</dd>
            </dl></details>
            </section>
            """
    }
}
