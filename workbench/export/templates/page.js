(function () {
  var box = document.getElementById("find"), found = document.getElementById("found"), timer = 0;
  var steps = Array.prototype.slice.call(document.querySelectorAll("details.step"));
  function find() {
    var wanted = box.value.trim().toLowerCase(), hits = 0;
    steps.forEach(function (step) {
      var hit = !wanted || step.textContent.toLowerCase().indexOf(wanted) >= 0;
      step.hidden = !hit;
      step.open = Boolean(wanted) && hit && ++hits <= 20;
    });
    found.textContent = wanted ? hits + (hits === 1 ? " step" : " steps") : "";
  }
  box.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(find, 150); });
})();
