import type { Desk } from './desk.js'
import { showForm, submit, type TokenForm } from './form.js'

const formOf = ({ link }: Desk, id: string): TokenForm => ({
  title: 'Edit token',
  button: 'Save',
  action: link(`/${id}/edit`),
})

export async function showEdit(desk: Desk, id = ''): Promise<Response> {
  const { name, scopes } = await desk.tokens.get(id, desk.within)
  return showForm(desk, formOf(desk, id), { name, scopes })
}

/** Changes name and scopes; the token itself stays the same, and the change holds from the next request on. */
export const edit = (desk: Desk, sent: FormData, id = ''): Promise<Response> =>
  submit(desk, formOf(desk, id), sent, async (fields) => {
    const { by, within, tokens, link } = desk
    await tokens.update(id, { by, within, ...fields })
    return link('', { done: 'edited', token: id })
  })
