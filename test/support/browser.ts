import { mkdir } from 'node:fs/promises'
import axe from 'axe-core'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { CHROMIUM } from './chromium.js'

/** The widths that pages are looked at. */
export const widths = [
  { name: 'a desktop', viewport: { width: 1120, height: 760 } },
  { name: 'a phone', viewport: { width: 400, height: 760 } },
] as const

export type Look = Pick<(typeof widths)[number], 'viewport'> & { readonly colorScheme?: 'light' | 'dark' }

/** That an answer was a refusal, or was not for a page to read, is told as an error too, and is what some tests are about. */
const EXPECTED = /^Failed to load resource|blocked by CORS policy/

/** A browser of its own until the test is over. Whatever a page complains of fails the test. */
export async function openPage(look: Look): Promise<{ page: Page; context: BrowserContext }> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  const complaints: string[] = []
  onTestFinished(async () => {
    await browser.close()
    expect(complaints).toEqual([])
  })
  const context = await browser.newContext({ ...look, deviceScaleFactor: 2 })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(message.text())
  })
  return { page, context }
}

/** What is wrong with a page for those who do not see it, or not well: rule and place, nothing where all is well. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))',
  )
  return Array.isArray(found) ? found.map(String) : ['axe said nothing']
}

/** Whether a page is wider than its window, so that it would have to be moved from side to side. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

/** Keeps a picture where `SCREENSHOTS` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (folder === undefined || folder === '') return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled', fullPage: true })
}
