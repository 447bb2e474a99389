import { byId } from './dom.js';
import { panning } from './panning.js';

/** Of the size that the picture has by itself, in percent. */
const LARGEST_FIT = 125;
const SMALLEST_FIT = 50;
const STEP = 20;

/**
 * A picture that is larger or smaller in a part of the page that scrolls. Until somebody chooses a size it has the width
 * of that part, as far as one can read it so.
 *
 * @param {HTMLElement} viewport
 */
export function zoomView(viewport) {
  const slider = byId('zoom', HTMLInputElement);
  /** @type {SVGSVGElement | undefined} */
  let drawing;
  let natural = 0;
  let chosen = false;

  slider.addEventListener('input', () => zoomTo(slider.valueAsNumber));
  viewport.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') zoomTo(slider.valueAsNumber + STEP);
    else if (event.key === '-') zoomTo(slider.valueAsNumber - STEP);
    else if (event.key === '0') fit();
    else return;
    event.preventDefault();
  });
  viewport.addEventListener(
    'wheel',
    (event) => {
      // As browsers say a pinch on a touchpad as well.
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomTo(slider.valueAsNumber * Math.exp(-event.deltaY / 300), event);
    },
    { passive: false },
  );
  panning(viewport);
  new ResizeObserver(() => {
    if (!chosen) fit();
  }).observe(viewport);

  return {
    /**
     * @param {SVGSVGElement} next
     * @param {number} width of the picture, in its units
     */
    show(next, width) {
      if (width !== natural) chosen = false;
      drawing = next;
      natural = width;
      if (chosen) zoomTo(slider.valueAsNumber);
      else fit();
    },
  };

  function fit() {
    chosen = false;
    if (natural === 0 || viewport.clientWidth === 0) return;
    resize(Math.min(LARGEST_FIT, Math.max(SMALLEST_FIT, (viewport.clientWidth / natural) * 100)));
  }

  /**
   * @param {number} percent
   * @param {{ clientX: number, clientY: number }} [about] what stays where it is; by default the middle
   */
  function zoomTo(percent, about) {
    chosen = true;
    const { left, top, width, height } = viewport.getBoundingClientRect();
    const x = about === undefined ? width / 2 : about.clientX - left;
    const y = about === undefined ? height / 2 : about.clientY - top;
    const [before, across, down] = [viewport.scrollWidth, viewport.scrollLeft + x, viewport.scrollTop + y];
    resize(Math.min(Number(slider.max), Math.max(Number(slider.min), percent)));
    const ratio = viewport.scrollWidth / before;
    viewport.scrollTo(across * ratio - x, down * ratio - y);
  }

  /** @param {number} percent */
  function resize(percent) {
    slider.valueAsNumber = percent;
    slider.ariaValueText = `${Math.round(percent)} percent`;
    if (drawing !== undefined) drawing.style.width = `${(natural * percent) / 100}px`;
  }
}
