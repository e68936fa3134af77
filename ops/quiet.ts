// No log reads metrics here: their lines would stand between those of the answer. Imported first, for the metrics read it when they load.
process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
