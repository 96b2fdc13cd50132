import { user } from 'tokenloop'
import type { Desk } from './desk.js'
import { showForm, submit, type TokenForm } from './form.js'

const formOf = ({ link }: Desk): TokenForm => ({
  title: 'Generate new token',
  button: 'Generate token',
  action: link('/new'),
})

export const showGenerate = async (desk: Desk): Promise<Response> =>
  showForm(desk, formOf(desk), { name: '', scopes: [] })

/** Makes a token of the store. Its secret is left unread: whoever wants to see it asks for it, and leaves a trace. */
export const generate = (desk: Desk, sent: FormData): Promise<Response> =>
  submit(desk, formOf(desk), sent, async (fields) => {
    const { by, session, tenant, tokens, link } = desk
    const { token } = await tokens.issue({ by, owner: user(session.user), tenant, ...fields })
    return link('', { done: 'generated', token: token.id })
  })
