import { find, type Recipe, type Recipes } from './recipe.ts';

/** One of the service's letters; without any, all that there are. */
const judged: Recipe = (scene) => {
  const letter = find(scene, 'eventId', ({ service }) => service === scene.service);
  if (letter === undefined) return { wholeBody: { filter: {} } };
  return { wholeBody: { ids: [letter.id] } };
};

export const deadLetterRecipes: Recipes = {
  replayDeadLetters: judged,
  discardDeadLetters: judged,
};
