(function () {
  var box = document.getElementById("find"), found = document.getElementById("found"), timer = 0;
  var steps = Array.prototype.slice.call(document.querySelectorAll("details.step"));
  var texts = Array.prototype.slice.call(document.querySelectorAll("pre[id]"));
  function again(step) { return Array.prototype.slice.call(step.querySelectorAll("pre[data-same]")); }
  function has(element, wanted) { return element.textContent.toLowerCase().indexOf(wanted) >= 0; }
  function fill(step) {
    again(step).forEach(function (pre) {
      var first = document.getElementById(pre.dataset.same);
      if (first) { pre.textContent = first.textContent; delete pre.dataset.same; }
    });
  }
  function find() {
    var wanted = box.value.trim().toLowerCase(), hits = 0, holds = {};
    if (wanted) { texts.forEach(function (text) { holds[text.id] = has(text, wanted); }); }
    steps.forEach(function (step) {
      var hit = !wanted || has(step, wanted) || again(step).some(function (pre) { return holds[pre.dataset.same]; });
      step.hidden = !hit;
      step.open = Boolean(wanted) && hit && ++hits <= 20;
    });
    found.textContent = wanted ? hits + (hits === 1 ? " step" : " steps") : "";
  }
  steps.forEach(function (step) {
    step.addEventListener("toggle", function () { if (step.open) { fill(step); } });
  });
  box.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(find, 150); });
})();
