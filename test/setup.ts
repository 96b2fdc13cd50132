import { afterEach } from 'vitest'

const SHARED = [Object.prototype, Array.prototype, Function.prototype, Error.prototype]
const members = () => SHARED.map((prototype) => Reflect.ownKeys(prototype).length).join()
const before = members()

/** Whatever a test fed the library with, no prototype that everything shares has changed. */
afterEach(() => {
  if (members() !== before) throw new Error('a prototype that everything shares was changed')
})
