// What makes the pages quicker for those whose browser runs scripts. Nothing depends on it; written for Chromium 78.
(function () {
  "use strict";
  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }

  // What must be mended is open, and its summary takes the focus.
  all(".field-error").forEach(function (field) {
    for (var box = field.closest("details"); box; box = box.parentNode.closest("details")) { box.open = true; }
  });
  var summary = document.querySelector("[data-focus]");
  if (summary) { summary.focus(); }

  // A second tap on a poor line sends nothing; the once-token guards all the same.
  function free(form) { form.removeAttribute("data-sent"); form.removeAttribute("aria-busy"); }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || (form.getAttribute("method") || "get").toLowerCase() !== "post") { return; }
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "");
    form.setAttribute("aria-busy", "true");
    window.setTimeout(function () { free(form); }, 4000);
  });
  window.addEventListener("pageshow", function () { all("form[data-sent]").forEach(free); });

  // Printing is one click where scripts run, and the browser's own command where they do not.
  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // All boxes of a page at once.
  all("[data-select]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var boxes = all("input[type=checkbox][name=" + button.getAttribute("data-select") + "]");
      var some = boxes.some(function (box) { return !box.checked; });
      boxes.forEach(function (box) { box.checked = some; });
    });
  });

  // A row leads where its link leads; selecting text in it does not.
  document.addEventListener("click", function (event) {
    var row = event.target.closest("[data-href]");
    if (!row || event.button || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    if (event.target.closest("a, button, input, select, textarea, label, summary") || String(window.getSelection())) { return; }
    window.location.href = row.getAttribute("data-href");
  });

  // Keys. A list is marked data-keys="list"; a link, button or field is reached by the key in its data-key.
  var rows = all("[data-keys=list] > li, [data-keys=list] tbody tr").filter(function (row) { return row.querySelector("a"); });
  var at = -1;
  rows.forEach(function (row, i) { if (row.querySelector("a[aria-current]")) { at = i; } });
  function typing(target) {
    if (/^(radio|checkbox)$/.test(target.type)) { return false; }
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  }
  function go(step) {
    var focused = rows.filter(function (row) { return row.contains(document.activeElement); })[0];
    if (focused) { at = rows.indexOf(focused); }
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    (rows[at].querySelector("th a") || rows[at].querySelector("a")).focus();
  }
  function reach(target) {
    if (/^(A|BUTTON|SUMMARY)$/.test(target.tagName) || target.type === "checkbox") { target.click(); return; }
    var field = typing(target) ? target : target.querySelector("input, select, textarea");
    if (field && field.type === "radio") { field = target.querySelector('input[name="' + field.name + '"]:checked') || field; }
    if (field) { field.focus(); }
  }
  function name(target) {
    var label = target.getAttribute("data-key-label");
    if (label) { return label; }
    var text = ((target.labels && target.labels[0]) || target.querySelector("legend") || target).cloneNode(true);
    all("kbd", text).forEach(function (hint) { hint.parentNode.removeChild(hint); });
    return text.textContent.trim();
  }
  function add(parent, tag, text) {
    var child = document.createElement(tag);
    child.textContent = text || "";
    return parent.appendChild(child);
  }
  function help() {
    var dialog = add(document.body, "dialog");
    dialog.className = "keys-dialog";
    add(dialog, "h2", "快捷键").id = "keys-title";
    dialog.setAttribute("aria-labelledby", "keys-title");
    var list = add(dialog, "dl");
    function line(key, text) { add(add(list, "dt"), "kbd", key); add(list, "dd", text); }
    if (rows.length) { line("j", "下一行"); line("k", "上一行"); line("Enter", "打开这一行"); }
    if (document.getElementById("q")) { line("/", "查找"); }
    all("[data-key]").forEach(function (target) { line(target.getAttribute("data-key"), name(target)); });
    line("Esc", "离开正在填的一栏");
    line("?", "这张表");
    var close = add(add(dialog, "form"), "button", "关闭");
    close.className = "btn btn-primary";
    close.parentNode.setAttribute("method", "dialog");
    dialog.addEventListener("close", function () { document.body.removeChild(dialog); });
    dialog.showModal();
  }
  document.addEventListener("keydown", function (event) {
    var key = event.key;
    if (event.isComposing || event.altKey || event.metaKey || document.querySelector("dialog[open]")) { return; }
    if (event.ctrlKey) {
      if (key !== "Enter") { return; }
      key = "Ctrl Enter";
    } else if (typing(event.target)) {
      // Out of the field, so that the next key is heard again.
      if (key === "Escape") { event.target.blur(); }
      return;
    }
    var target = all("[data-key]").filter(function (one) { return one.getAttribute("data-key") === key; })[0];
    var search = document.getElementById("q");
    if (target) { reach(target); }
    else if (key === "j" && rows.length) { go(1); }
    else if (key === "k" && rows.length) { go(-1); }
    else if (key === "/" && search) { search.focus(); }
    else if (key === "?") { help(); }
    else { return; }
    event.preventDefault();
  });
}());
