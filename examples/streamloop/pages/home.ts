import { html } from '../../shared/html.js'
import type { Library, Playlist, Stream } from '../data/library.js'
import { show } from './layout.js'
import { when } from './time.js'
import type { Visit } from './visit.js'

/** The page one lands on: the streams and playlists of whoever is signed in. */
export const home =
  (library: Library, now: () => number) =>
  async ({ session }: Visit): Promise<Response> => {
    const [streams, playlists] = await Promise.all([library.streams(session.user), library.playlists(session.user)])
    const body = html`
      <h1>Streams</h1>
      ${streams.length === 0 && html`<p class="empty">No streams. Make one with <code>POST /v1/streams</code>.</p>`}
      <ul class="cards">${streams.map((stream) => streamCard(stream, now()))}</ul>
      <h2>Playlists</h2>
      <ul class="cards">${playlists.map(playlistCard)}</ul>
      <p class="hint">To let a script or an app work with them, go to <a href="/settings">Settings</a>.</p>`
    return show({ title: 'Streams', session, body })
  }

const streamCard = ({ name, status, created_at }: Stream, now: number) => html`
  <li class="card">
    <span class="badge ${status}">${status === 'live' ? 'Live' : 'Idle'}</span>
    <strong>${name}</strong>
    <span class="hint">Made ${when(Date.parse(created_at), now)}</span>
  </li>`

const playlistCard = ({ name, tracks }: Playlist) => html`
  <li class="card"><strong>${name}</strong><span class="hint">${tracks} tracks</span></li>`
