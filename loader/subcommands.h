/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SUBCOMMANDS_H
#define SUBCOMMANDS_H

int record_main(int argc, char **argv);
int report_main(int argc, char **argv);
int check_main(int argc, char **argv);
int policy_main(int argc, char **argv);
int pool_main(int argc, char **argv);

#endif
