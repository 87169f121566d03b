// Picking one company among 12,000 or some units among many, with tom-select. Without scripts the field stays what it
// is: a text field whose text the server looks up, or a plain select.
(function () {
  "use strict";
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  function get(url, query, done) {
    var request = new XMLHttpRequest();
    request.open("GET", url + (url.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(query));
    request.onload = function () { done(request.status === 200 ? JSON.parse(request.responseText) : []); };
    request.onerror = function () { done([]); };
    request.send();
  }
  var words = {
    no_results: function () { return '<div class="no-results">没有找到</div>'; },
    loading: function () { return '<div class="no-results">正在查找</div>'; },
    option_create: function (data, escape) { return '<div class="create">就填“' + escape(data.input) + '”</div>'; }
  };
  function enhance(field) {
    var settings = { maxOptions: 50, hidePlaceholder: true, render: words, plugins: {} };
    if (field.tagName === "INPUT") {
      // The answer of data-pick is [{"value": what is filled in, "under": what tells it apart}, …].
      settings.maxItems = 1;
      settings.delimiter = "\n";
      settings.create = true;
      settings.createOnBlur = true;
      settings.persist = false;
      settings.labelField = "value";
      settings.searchField = [];
      settings.shouldLoad = function (query) { return query.trim().length > 1; };
      settings.load = function (query, done) {
        this.clearOptions();
        get(field.getAttribute("data-pick"), query.trim(), done);
      };
      settings.render.option = function (data, escape) {
        return "<div>" + escape(data.value) + (data.under ? '<span class="under">' + escape(data.under) + "</span>" : "") + "</div>";
      };
      // What the server found is shown as it is, in its order.
      settings.score = function () { return function () { return 1; }; };
    }
    var picked = new window.TomSelect(field, settings);
    // The field itself is hidden now: what names it, describes it and leads to it goes to the new one.
    var control = picked.control_input;
    field.setAttribute("aria-hidden", "true");
    ["aria-describedby", "aria-invalid", "data-key", "data-key-label"].forEach(function (name) {
      if (!field.hasAttribute(name)) { return; }
      control.setAttribute(name, field.getAttribute(name));
      field.removeAttribute(name);
    });
    all('a[href="#' + field.id + '"]').forEach(function (link) { link.setAttribute("href", "#" + control.id); });
  }
  all("[data-pick]").forEach(enhance);
}());
