"use strict";
// Sounds of the two checks. Headphones: which of three tones is softest, when one of them is in opposite phase left and
// right, and so is faint from loudspeakers and not in headphones (Woods, Siegel, Traer and McDermott 2017).

const ROUNDS = 6;
const PASSED = 5;
const TONE = 1.0; // seconds
const PAUSE = 0.4;

function shuffled(list) {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}

// Three tones of 200 Hz in any order; returns what plays and which is the softest.
function threeTones() {
  const rate = context.sampleRate;
  const order = shuffled(["even", "soft", "opposite"]);
  const buffer = new AudioBuffer({ length: Math.ceil(rate * 3 * (TONE + PAUSE)), numberOfChannels: 2, sampleRate: rate });
  const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
  order.forEach((kind, place) => {
    const first = Math.round(rate * place * (TONE + PAUSE));
    for (let n = 0; n < rate * TONE; n += 1) {
      const edge = Math.min(1, n / rate / 0.1, TONE / 0.1 - n / rate / 0.1);
      const value = 0.15 * (kind === "soft" ? 0.5 : 1) * edge * Math.sin((2 * Math.PI * 200 * n) / rate);
      left[first + n] = value;
      right[first + n] = kind === "opposite" ? -value : value;
    }
  });
  return { buffer, softest: order.indexOf("soft") };
}

// Two seconds of pink noise at the level of the test's sounds (-23 LUFS), to be looped.
function noise() {
  const rate = context.sampleRate;
  const buffer = new AudioBuffer({ length: 2 * rate, numberOfChannels: 1, sampleRate: rate });
  const samples = buffer.getChannelData(0);
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const state = poles.map(() => 0);
  for (let n = 0; n < samples.length; n += 1) {
    const white = Math.random() * 2 - 1;
    samples[n] = poles.reduce((sum, pole, k) => sum + (state[k] = pole * state[k] + white * (1 - Math.abs(pole)) ** 0.5), 0);
  }
  const level = Math.hypot(...Array.from({ length: 1000 }, (_, k) => samples[k * 90])) / 1000 ** 0.5;
  for (let n = 0; n < samples.length; n += 1) samples[n] *= 0.07 / level;
  return buffer;
}

function playOnce(buffer, loop = false) {
  const source = new AudioBufferSourceNode(context, { buffer, loop });
  source.connect(context.destination);
  source.start();
  return source;
}
