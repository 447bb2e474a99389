/**
 * One of many elements takes part in the order of the Tab key: the one that had the focus last.
 *
 * @template {HTMLElement | SVGElement} Kind
 */
export function roving() {
  /** @type {Kind | undefined} */
  let current;

  return {
    get current() {
      return current;
    },

    /** @param {Kind | undefined} next whom the Tab key reaches from now on */
    turnTo(next) {
      current?.setAttribute('tabindex', '-1');
      next?.setAttribute('tabindex', '0');
      current = next;
    },
  };
}
