import { type Html, html } from '../../shared/html.js'

/** Drawn in a square of 24, in lines of the text's colour. */
const ICONS = {
  loop: html`<path d="M7 8a4 4 0 1 0 0 8c4 0 6-8 10-8a4 4 0 1 1 0 8c-4 0-6-8-10-8Z"/>`,
  trash: html`<path d="M4 7h16M10 11v6M14 11v6M6 7l1 13h10l1-13M9 7V4h6v3"/>`,
  key: html`<path d="M12 15a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM11 12l8-8M16 7l3 3"/>`,
  plug: html`<path d="M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0V8ZM12 17v4"/>`,
  check: html`<path d="m5 12.500 4.500 4.500L19 7.500"/>`,
  warning: html`<path d="M12 4 2.500 20h19L12 4ZM12 10v4.500M12 17.200v.3"/>`,
  arrow: html`<path d="M5 12h14M13 6l6 6-6 6"/>`,
} as const

export type IconName = keyof typeof ICONS

/** For the eye alone: what it means stands in words beside it. */
export const icon = (name: IconName): Html =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${ICONS[name]}</svg>`
