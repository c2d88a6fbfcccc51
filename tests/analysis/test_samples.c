// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures by seed: perturbations are no samples. */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "samples.h"

#define CLOSE(got, want) CHECK(fabs((got) - (want)) < 1e-12)

/* Seed 7: 1, 2, 6; seed 3: 10, 14; seed 5: 4. In no order. */
static struct samples some(void)
{
	struct samples s = {0};

	samples_add(&s, 7, 2);
	samples_add(&s, 3, 14);
	samples_add(&s, 7, 1);
	samples_add(&s, 5, 4);
	samples_add(&s, 5, NAN);
	samples_add(&s, 7, 6);
	samples_add(&s, 3, 10);
	return s;
}

static void test_medians(void)
{
	struct samples s = some();
	double *medians;

	CHECK_EQ(samples_by_seed(&s, &medians), 3);
	CLOSE(medians[0], 12);
	CLOSE(medians[1], 4);
	CLOSE(medians[2], 2);
	free(medians);
	samples_free(&s);
}

static void test_seeds_with(void)
{
	struct samples s = some();

	CHECK_EQ(samples_seeds_with(&s, 1), 3);
	CHECK_EQ(samples_seeds_with(&s, 2), 2);
	CHECK_EQ(samples_seeds_with(&s, 3), 1);
	CHECK_EQ(samples_seeds_with(&s, 4), 0);
	samples_free(&s);
}

/* Within: (4 + 1 + 9) + (4 + 4) over 2 + 1 degrees of freedom. Between: 12, 4 and 3. */
static void test_spread(void)
{
	struct samples s = some();

	CLOSE(samples_within(&s), sqrt(22.0 / 3));
	CLOSE(samples_between(&s),
	      sqrt(((12 - 19 / 3.0) * (12 - 19 / 3.0) + (4 - 19 / 3.0) * (4 - 19 / 3.0) +
		    (3 - 19 / 3.0) * (3 - 19 / 3.0)) /
		   2));
	samples_free(&s);
}

static void test_nothing_to_tell(void)
{
	struct samples s = {0};
	double *medians;

	CHECK_EQ(samples_by_seed(&s, &medians), 0);
	CHECK(isnan(samples_within(&s)) && isnan(samples_between(&s)));
	free(medians);
	samples_add(&s, 1, 5);
	CHECK(isnan(samples_within(&s)) && isnan(samples_between(&s)));
	samples_add(&s, 2, 5);
	CHECK(isnan(samples_within(&s)));
	CLOSE(samples_between(&s), 0);
	samples_free(&s);
}

int main(int argc, char **argv)
{
	static const struct check tests[] = {
		{"medians", test_medians},
		{"seeds_with", test_seeds_with},
		{"spread", test_spread},
		{"nothing_to_tell", test_nothing_to_tell},
		{},
	};

	return check_main(argc, argv, tests);
}
