// What makes the pages quicker for those whose browser runs scripts. Nothing depends on it; written for Chromium 78.
(function () {
  "use strict";
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }

  // The summary of what must be mended takes the focus.
  var summary = document.querySelector("[data-focus]");
  if (summary) { summary.focus(); }

  // A second tap on a poor line sends nothing; the once-token guards all the same.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method === "get") { return; }
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "1");
    window.setTimeout(function () { form.removeAttribute("data-sent"); }, 4000);
  });

  function typing(target) { return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable; }
  var rows = all("[data-keys=list] tbody tr, [data-keys=list] > li");
  var at = -1;
  function go(step) {
    if (!rows.length) { return; }
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    var link = rows[at].querySelector("a");
    if (link) { link.focus(); rows[at].scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("keydown", function (event) {
    if (typing(event.target) || event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key === "j") { go(1); } else if (event.key === "k") { go(-1); }
    else if (event.key === "/") {
      var search = document.getElementById("q");
      if (search) { search.focus(); event.preventDefault(); }
    } else if (event.key === "?") {
      window.alert("快捷键\nj / k　下一行、上一行\nEnter　打开\n/　　　查找\n?　　　这张表");
    }
  });
}());
