"use strict";
// Sounds of one trial, played together; switching changes gains only, so that nothing stops, jumps or clicks.

let context = null; // an AudioContext, made by the first press of a button, as browsers demand

function wake() {
  context ??= new AudioContext();
  return context.resume();
}

// What files of a folder without a server call: received("media/x.js", value).
const waiting = new Map();
window.received = (name, value) => {
  waiting.get(name)?.(value);
  waiting.delete(name);
};

function byScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    waiting.set(url, resolve);
    script.onerror = () => reject(new Error(`${url} cannot be loaded`));
    script.onload = () => {
      script.remove();
      if (waiting.delete(url)) reject(new Error(`${url} is not what it should be`));
    };
    script.src = url;
    document.head.append(script);
  });
}

async function byFetch(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} cannot be loaded (${answer.status})`);
  return answer.arrayBuffer();
}

async function loadSound(url) {
  if (!url.endsWith(".js")) return byFetch(url);
  const coded = atob(await byScript(url));
  return Uint8Array.from(coded, (character) => character.charCodeAt(0)).buffer;
}

const FADE = 0.01; // seconds in which one sound gives way to another
const PIECES = 40; // parts of a sound, each of which has been heard or not
const ENOUGH = 0.95; // share of parts that must have been heard

class Player {
  constructor(buffers, video, seconds, changed) {
    Object.assign(this, { buffers, video, seconds, changed, current: 0, at: 0, playing: false, sources: [] });
    this.pieces = buffers.map(() => new Set());
    this.gains = buffers.map((_, index) => {
      const gain = new GainNode(context, { gain: index === 0 ? 1 : 0 });
      gain.connect(context.destination);
      return gain;
    });
  }

  // Where one hears and sees now, in seconds.
  get position() {
    if (!this.playing) return this.at;
    const heard = context.currentTime - this.began - (context.outputLatency || 0);
    return Math.min(this.seconds, Math.max(this.at, heard));
  }

  heard(index) {
    return this.pieces[index].size >= ENOUGH * PIECES;
  }

  async play() {
    await wake();
    if (this.playing || this.closed) return;
    if (this.at >= this.seconds - 0.05) this.at = 0;
    if (this.video) {
      this.video.currentTime = this.at;
      this.video.playbackRate = 1;
      await this.video.play().catch(() => {}); // a picture that does not play leaves the sounds
      if (this.playing || this.closed) return;
    }
    const start = context.currentTime + 0.03;
    this.began = start - this.at;
    this.last = this.at;
    this.sources = this.buffers.map((buffer, index) => {
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(this.gains[index]);
      source.start(start, this.at);
      return source;
    });
    this.playing = true;
    this.changed();
    const tick = () => {
      if (!this.playing) return;
      this.follow();
      if (this.position >= this.seconds - 0.005) this.pause(0);
      else {
        this.changed();
        requestAnimationFrame(tick);
      }
    };
    requestAnimationFrame(tick);
  }

  pause(at = this.position) {
    if (this.playing) this.follow();
    this.playing = false;
    this.at = at;
    this.sources.forEach((source) => source.stop());
    this.sources = [];
    this.video?.pause();
    this.changed();
  }

  choose(index) {
    if (this.playing) this.follow();
    this.current = index;
    const now = context.currentTime;
    this.gains.forEach(({ gain }, of) => {
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(gain.value, now);
      gain.linearRampToValueAtTime(of === index ? 1 : 0, now + FADE);
    });
    this.changed();
  }

  seek(at) {
    const playing = this.playing;
    if (playing) this.pause(at);
    this.at = at;
    if (this.video) this.video.currentTime = at;
    if (playing) this.play();
    else this.changed();
  }

  close() {
    this.pause();
    this.closed = true;
    this.gains.forEach((gain) => gain.disconnect());
  }

  // Notes what has been heard since the last time, and keeps the picture with the sound.
  follow() {
    const now = this.position;
    const piece = (at) => Math.min(PIECES - 1, Math.floor((PIECES * at) / this.seconds));
    for (let index = piece(this.last); index <= piece(now); index += 1) this.pieces[this.current].add(index);
    this.last = now;
    const { video } = this;
    if (!video || video.seeking || video.readyState < 2 || video.ended) return;
    const late = now - video.currentTime;
    if (Math.abs(late) > 0.25) video.currentTime = now;
    video.playbackRate = Math.abs(late) > 0.02 ? Math.min(1.5, Math.max(0.5, 1 + 2 * late)) : 1;
  }
}
