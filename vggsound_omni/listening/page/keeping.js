"use strict";
// Where answers are kept: on a server, one by one; or in this browser until there is a file of them.

const config = JSON.parse(document.getElementById("config").textContent);
const asked = new URLSearchParams(location.search);
const LONGEST_WAIT = 10_000; // milliseconds between two attempts to reach the server

class Refused extends Error {}

// What this browser remembers of a listener, of whom it may see several. Where it may not store, a reload begins anew.
const memory = {
  name: `listening test ${config.study} ${asked.get("listener") ?? asked.get("PROLIFIC_PID") ?? ""}`,
  here: {},
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.name)) ?? this.here;
    } catch {
      return this.here;
    }
  },
  write(changes) {
    this.here = { ...this.read(), ...changes };
    try {
      localStorage.setItem(this.name, JSON.stringify(this.here));
    } catch {
      // private windows
    }
  },
};

const onServer = {
  async call(path, body) {
    const { token } = memory.read();
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    const answer = await fetch(path, body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    const error = new (answer.status < 500 ? Refused : Error)(said.error ?? `The server answers ${answer.status}.`);
    error.status = answer.status;
    throw error;
  },

  // Tries until the server has it; only what it refuses ends that.
  async persist(path, body, waits) {
    for (let pause = 1000; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
      try {
        return await this.call(path, body);
      } catch (error) {
        if (error instanceof Refused && error.status !== 429) throw error;
        waits("Your answer is not saved yet: the server cannot be reached. Trying again; please leave this page open.");
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  },

  async session() {
    if (!memory.read().token) return null;
    try {
      return await this.call("api/session");
    } catch (error) {
      if (error.status !== 401) throw error;
      memory.write({ token: null });
      return null;
    }
  },

  async begin() {
    const prolific = Object.fromEntries(["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"].map((key) => [key, asked.get(key) ?? ""]));
    const { token } = await this.call("api/join", { consent: true, prolific });
    memory.write({ token });
    return this.call("api/session");
  },

  async save(answer, waits) {
    try {
      await this.persist("api/answers", answer, waits);
    } catch (error) {
      if (error.status !== 409) throw error; // the server has an answer to this trial, from another window
    }
  },

  finish: (sheet, waits) =>
    onServer.persist("api/finish", { comment: sheet.comment, headphones: sheet.headphones }, waits),
};

const inFolder = {
  async session() {
    const listener = asked.get("listener") ?? "";
    if (!/^[0-9a-f]{16}$/.test(listener)) {
      throw new Refused("This address lacks your personal code: open the whole link that you were sent.");
    }
    const session = await byScript(`sessions/${listener}.js`).catch(() => {
      throw new Refused("There is no listener with the code in this address: open the whole link that you were sent.");
    });
    const known = new Set(session.trials.map((trial) => trial.id));
    this.answers = (memory.read().answers ?? []).filter((answer) => known.has(answer.trial));
    return { ...session, begun: Boolean(memory.read().begun), answered: this.answers.map((answer) => answer.trial) };
  },

  async begin() {
    memory.write({ begun: true });
    return this.session();
  },

  async save(answer) {
    this.answers.push(answer);
    memory.write({ answers: this.answers });
  },

  async finish(sheet) {
    const whole = { version: 1, study: config.study, listener: asked.get("listener"), answers: this.answers, ...sheet };
    const text = `${JSON.stringify(whole, null, 1)}\n`;
    const done = { file: new Blob([text], { type: "application/json" }), name: `${whole.listener}.json`, sent: false };
    if (config.post) {
      // As text, which needs no leave of another site beforehand.
      const answer = await fetch(config.post, { method: "POST", body: text }).catch(() => null);
      done.sent = Boolean(answer?.ok);
    }
    return { ...done, ...config.completion };
  },
};

const keeper = config.way === "server" ? onServer : inFolder;
