// SPDX-License-Identifier: Apache-2.0

/// What keeps the page up to date: parts that come as events take the place of those with the same id.
enum PageScript {
    static let text: HTML = #"""
        (() => {
          if (document.body.dataset.live !== "1") return;
          const lost = document.getElementById("connection");
          const isSelected = (node) => {
            const selection = document.getSelection();
            return selection && !selection.isCollapsed && selection.containsNode(node, true);
          };
          const show = (parts) => {
            for (const part of parts) {
              const old = document.getElementById(part.id);
              // What somebody is about to copy stays as it is.
              if (!old || isSelected(old)) continue;
              if (old.className !== part.className) old.className = part.className;
              if (old.innerHTML !== part.innerHTML) old.innerHTML = part.innerHTML;
            }
            lost.hidden = true;
          };
          const poll = async () => {
            try {
              const answer = await fetch("?live=0");
              if (!answer.ok) throw new Error(answer.status);
              const page = new DOMParser().parseFromString(await answer.text(), "text/html");
              show(page.querySelectorAll("header[id], section[id]:not(#run)"));
            } catch { lost.hidden = false; }
          };
          const source = new EventSource("api/v1/events?page=1");
          source.onmessage = (event) => {
            const template = document.createElement("template");
            template.innerHTML = event.data;
            show(template.content.children);
          };
          source.onerror = () => {
            lost.hidden = false;
            // Refused, not interrupted: the browser does not try again by itself.
            if (source.readyState === EventSource.CLOSED) setInterval(poll, 3000);
          };
        })();
        """#
}
