// The evidence for a class: a map over the photo of a card, requested when the reader opens it, with a slider that uncovers it.
'use strict';

const SLIDER = { type: 'range', min: 0, max: 100, step: 1, value: 100 };

class Evidence {
  constructor(card, file) {
    this.card = card;
    this.file = file;
    this.stage = card.querySelector('.stage');
    this.box = card.querySelector('.evidence');
    this.button = this.box.querySelector('button');
    this.select = this.box.querySelector('select');
    this.maps = new Map(); // value of the select -> the promise of an explanation
    this.slider = Object.assign(make('input', 'wipe'), SLIDER);
    this.slider.setAttribute('aria-label', 'How much of the photo the evidence covers');
    this.slider.addEventListener('input', () => this.wipe());
    this.button.addEventListener('click', () => this.toggle());
    this.select.addEventListener('change', () => this.show());
  }

  // The stage has the shape of the photo, so that the map lies exactly over it.
  setShape(width, height) {
    this.stage.style.setProperty('--shape', width / height);
    this.stage.classList.toggle('tiny', Math.max(width, height) <= 64);
  }

  // The classes of an answer, the most probable one first. Answers of several models come in any order.
  offer(model, prediction) {
    if (prediction.error) return;
    const place = server.models.indexOf(model), many = server.models.length > 1;
    const later = [...this.select.options].find(option => option.dataset.place > place) || null;
    for (const entry of prediction.top) {
      const text = many ? `${entry.class} by ${model.name}` : entry.class;
      const option = new Option(text, JSON.stringify([model.name, entry.class]));
      option.dataset.place = place;
      this.select.insertBefore(option, later);
    }
    if (!this.button.matches('[aria-expanded=true]')) this.select.selectedIndex = 0;
    this.box.hidden = false;
  }

  toggle() {
    const open = this.button.getAttribute('aria-expanded') !== 'true';
    this.button.setAttribute('aria-expanded', open);
    this.button.textContent = open ? 'Hide the evidence' : 'Show the evidence';
    this.card.classList.toggle('explained', open);
    this.select.parentElement.hidden = !open;
    if (open) {
      this.show();
    } else {
      this.say('');
      this.clear();
    }
  }

  async explanation(model, name) {
    const answer = await predict(this.file, model, `&explain=1&class=${encodeURIComponent(name)}`);
    const p = answer.predictions[0], e = p.explanation;
    if (p.error || e.error) throw new Refusal(0, plain(p.error || e.error));
    return { ...e, width: p.width, height: p.height };
  }

  async show() {
    const value = this.select.value, [model, name] = JSON.parse(value);
    this.clear();
    this.say('Computing…');
    try {
      if (!this.maps.has(value)) this.maps.set(value, this.explanation(model, name));
      const e = await this.maps.get(value);
      if (this.isWanted(value)) this.draw(e);
    } catch (error) {
      this.maps.delete(value); // the next click asks once more
      if (!this.isWanted(value)) return;
      this.say(error.message);
      if (error.status === 401) askToken();
    }
  }

  // False if the reader has meanwhile chosen another class, hidden the evidence, or cleared the results.
  isWanted(value) {
    return this.card.isConnected && this.select.value === value && this.button.getAttribute('aria-expanded') === 'true';
  }

  draw(e) {
    this.say(e.most > 0 ? '' : `No positive evidence for ${e.class}.`);
    if (!(e.most > 0)) return;
    const photo = this.stage.querySelector('.picture');
    const map = pictureOf(e.map, `evidence for ${e.class}`);
    map.className = 'map';
    if (photo.hidden) this.setShape(e.width, e.height); // the browser cannot show the file: the map has its own grey photo
    this.stage.append(map);
    if (!photo.hidden) this.stage.append(this.slider, make('span', 'grip'));
    this.box.querySelector('.most').textContent = `most (${Number(e.most.toPrecision(3))}).`;
    const [left, top, right, bottom] = e.box;
    this.box.querySelector('.unseen-edges').hidden = left < 1 && top < 1 && right > e.width - 1 && bottom > e.height - 1;
    this.box.querySelector('.scale').hidden = false;
    this.wipe();
  }

  wipe() {
    this.stage.style.setProperty('--uncovered', this.slider.value + '%');
    this.slider.setAttribute('aria-valuetext', `${this.slider.value} %`);
  }

  clear() {
    const map = this.stage.querySelector('.map');
    if (map) URL.revokeObjectURL(map.src);
    for (const element of this.stage.querySelectorAll('.map, .wipe, .grip')) element.remove();
    this.box.querySelector('.scale').hidden = true;
  }

  say(text) {
    this.box.querySelector('[role=status]').textContent = text;
  }
}
