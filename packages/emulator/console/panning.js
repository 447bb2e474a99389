/** How far a mouse moves before it is no click, in pixels. */
const CLICK = 4;

/**
 * A mouse takes along what scrolls; fingers do by themselves.
 *
 * @param {HTMLElement} viewport
 */
export function panning(viewport) {
  /** @type {{ x: number, y: number, left: number, top: number } | undefined} */
  let start;
  let moved = false;

  viewport.addEventListener('pointerdown', ({ pointerType, button, clientX, clientY }) => {
    moved = false;
    if (pointerType !== 'mouse' || button !== 0) return;
    start = { x: clientX, y: clientY, left: viewport.scrollLeft, top: viewport.scrollTop };
  });
  addEventListener('pointermove', ({ clientX, clientY }) => {
    if (start === undefined) return;
    const [across, down] = [clientX - start.x, clientY - start.y];
    moved ||= Math.hypot(across, down) > CLICK;
    if (moved) viewport.scrollTo(start.left - across, start.top - down);
  });
  const end = () => {
    start = undefined;
  };
  addEventListener('pointerup', end);
  addEventListener('pointercancel', end);
  // The click that ends it chooses nothing.
  viewport.addEventListener('click', (click) => moved && click.stopPropagation(), { capture: true });
}
