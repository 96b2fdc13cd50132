const IMPLEMENTATIONS = {
  floor: async () => (await import('./floor.js')).floor(),
  tokenloop: async () => (await import('./ours.js')).ours(),
  'tokenloop, cached': async () => (await import('./ours.js')).oursCached(),
  'prefixed-api-key': async () => (await import('./peers.js')).prefixedKeys(),
  'better-auth': async () => (await import('./peers.js')).betterAuthKeys(),
}

const SCOPE = 'issues:read'
/** As many of an implementation's tokens are shown to it in turn. */
const SHOWN = 1000

/** As it comes out of a header: in one piece, where what was put together may be many. */
const received = (text) => Buffer.from(text, 'latin1').toString('latin1')
/** The token with one character of its middle another one. */
const mistyped = (text) => received(`${text.slice(0, 20)}${text[20] === 'a' ? 'b' : 'a'}${text.slice(21)}`)
const isAccepted = (answer) => answer !== undefined && answer.ok !== false

/** An implementation with so many tokens, and some of them as their owners would send them. */
async function filled(name, count) {
  const implementation = await IMPLEMENTATIONS[name]()
  const texts = []
  for (let i = 0; i < count; i++) {
    const text = await implementation.issue(`token ${i}`)
    if (i % Math.ceil(count / SHOWN) === 0) texts.push(received(text))
  }
  for (const text of texts) {
    if (!isAccepted(await implementation.verify(text, SCOPE))) throw new Error('a token was refused')
    if (isAccepted(await implementation.verify(mistyped(text), SCOPE))) throw new Error('a mistyped token was accepted')
  }
  return { implementation, texts }
}

const showing = (implementation, texts) => ({
  begin: () => (i) => implementation.verify(texts[i % texts.length], SCOPE),
})

/** What is measured of an implementation. */
const OPERATIONS = {
  async issue(name, most) {
    const begin = async () => {
      const implementation = await IMPLEMENTATIONS[name]()
      return (i) => implementation.issue(`token ${i}`)
    }
    return { begin, most }
  },
  async verify(name, count) {
    const { implementation, texts } = await filled(name, count)
    return showing(implementation, texts)
  },
  async refuse(name, count) {
    const { implementation, texts } = await filled(name, count)
    return showing(implementation, texts.map(mistyped))
  },
}

export default (operation, name, count) => OPERATIONS[operation](name, count)
