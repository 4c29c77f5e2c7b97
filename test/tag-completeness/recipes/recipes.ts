import { appRecipes } from './app-recipes.ts';
import { billingRecipes } from './billing-recipes.ts';
import { deadLetterRecipes } from './dead-letter-recipes.ts';
import { deviceRecipes } from './device-recipes.ts';
import { notificationRecipes } from './notification-recipes.ts';
import type { Recipe } from './recipe.ts';
import { userRecipes } from './user-recipes.ts';

const RECIPES = {
  ...userRecipes,
  ...deviceRecipes,
  ...appRecipes,
  ...billingRecipes,
  ...notificationRecipes,
  ...deadLetterRecipes,
};

/** Undefined where the schema alone is enough. */
export function recipeOf(operation: string): Recipe | undefined {
  return RECIPES[operation];
}
