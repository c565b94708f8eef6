"""What AWS answers and moto does not: a table of refusals, and the main job before an AWS that gives them."""
