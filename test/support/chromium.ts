import { accessSync, constants } from 'node:fs'

/** The browser of the tests: Debian's, or what the environment names. */
export const CHROMIUM = process.env.TEST_CHROMIUM || '/usr/bin/chromium'

/** Whether it is there. */
export function hasChromium(): boolean {
  try {
    accessSync(CHROMIUM, constants.X_OK)
    return true
  } catch {
    return false
  }
}
