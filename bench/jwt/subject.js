const IMPLEMENTATIONS = {
  floor: async () => (await import('./floor.js')).floor(),
  tokenloop: async () => (await import('./ours.js')).ours(),
  'tokenloop, seen': async () => (await import('./ours.js')).oursSeen(),
  'floor, in the pool': async () => (await import('./floor.js')).floor({ inPool: true }),
  'tokenloop, in the pool': async () => (await import('./ours.js')).ours({ inPool: true }),
  'fast-jwt': async () => (await import('./peers.js')).fastJwt(),
  'fast-jwt, cache': async () => (await import('./peers.js')).fastJwt({ cache: 5000 }),
  jose: async () => (await import('./peers.js')).jose(),
  jsonwebtoken: async () => (await import('./peers.js')).jsonwebtoken(),
}

/** As many calls are begun before the first one is waited for. */
const IN_FLIGHT = 64
const together = (call) => ({
  perCall: IN_FLIGHT,
  begin: () => (i) => Promise.all(Array.from({ length: IN_FLIGHT }, (_, n) => call(i * IN_FLIGHT + n))),
})

/** As many tokens are shown in turn. */
const SHOWN = 500

/** As it comes out of a header: in one piece, where what was put together may be many. */
const received = (text) => Buffer.from(text, 'latin1').toString('latin1')
/** The same claims under `alg: none`. */
const unsigned = (text) => {
  const [header, payload, signature] = text.split('.')
  const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg: 'none' }
  return received(`${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${payload}.${signature}`)
}

async function filled(name) {
  const implementation = await IMPLEMENTATIONS[name]()
  const texts = []
  for (let i = 0; i < SHOWN; i++) texts.push(received(await implementation.issue()))
  const { verify, accepted = (outcome) => outcome === true } = implementation
  for (const text of texts.slice(0, 20)) {
    if (!accepted(await verify(text))) throw new Error('a token was refused')
    if (!name.startsWith('floor') && accepted(await verify(unsigned(text))))
      throw new Error('an unsigned token was accepted')
  }
  return { implementation, texts }
}

const OPERATIONS = {
  async issue(name) {
    const { issue } = await IMPLEMENTATIONS[name]()
    return { begin: () => issue }
  },
  async verify(name) {
    const { implementation, texts } = await filled(name)
    return { begin: () => (i) => implementation.verify(texts[i % SHOWN]) }
  },
  async issueMany(name) {
    return together((await IMPLEMENTATIONS[name]()).issue)
  },
  async verifyMany(name) {
    const { implementation, texts } = await filled(name)
    return together((i) => implementation.verify(texts[i % SHOWN]))
  },
  async refuse(name) {
    const { implementation, texts } = await filled(name)
    const wrong = texts.map(unsigned)
    return { begin: () => (i) => implementation.verify(wrong[i % SHOWN]) }
  },
}

export default (operation, name) => OPERATIONS[operation](name)
