// What the cataloguers' pages do with JavaScript; all of them work without.
(() => {
  "use strict";
})();
